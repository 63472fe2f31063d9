"""subprocess: pipes, time-outs, signals, sessions, descriptors."""
import os
import signal
import subprocess

assert subprocess.run(["tr", "a-z", "A-Z"], input=b"abc" * 50000, capture_output=True).stdout == b"ABC" * 50000
try:
    subprocess.run(["sleep", "1000"], timeout=0.3)
    raise AssertionError("no time-out")
except subprocess.TimeoutExpired:
    pass
child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
assert os.getsid(child.pid) == child.pid
child.send_signal(signal.SIGTERM)
assert child.wait() == -signal.SIGTERM
first = subprocess.Popen(["seq", "1000"], stdout=subprocess.PIPE)
second = subprocess.Popen(["wc", "-l"], stdin=first.stdout, stdout=subprocess.PIPE)
first.stdout.close()
assert int(second.communicate()[0]) == 1000 and first.wait() == 0
try:
    subprocess.run(["/no/such/program"])
    raise AssertionError("it ran")
except FileNotFoundError:
    pass
