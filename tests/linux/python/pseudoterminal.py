"""pty: a program at a terminal, with its window and its Ctrl-C."""
import fcntl
import os
import pty
import signal
import struct
import termios

pid, master = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", "stty -echo; echo ready; read line; echo got $line; echo again; exec sleep 1000"])
said = b""
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 44, 99, 0, 0))


def until(word):
    global said
    while word not in said:
        said += os.read(master, 1000)


until(b"ready")
os.write(master, b"hello\n")
until(b"got hello")
until(b"again")
os.write(master, b"\x03")
assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGINT
