#!/usr/bin/env python3
"""
Claim   What the documents tell to type at gdb works: no line of them is an
        error, on the kernel that `make gdb` boots.  Before paging is on, and
        for what is not there, drover's commands have a word instead of an
        error of Python's; and the console can be typed at meanwhile.  A
        machine that is slow to come, as on a busy host, is waited for.
Method  A session is a line that begins with `$ make gdb`, and all that follow
        it in its document with (gdb) before them.
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import claims
import guest
import tap

LINE = re.compile(r"^(?:\$ make gdb(.*)|\(gdb\) (.*))$", re.M)
FAILED = re.compile(r"^failed: .*|^.*Python Exception.*", re.M)
RUN = """python
for line in {lines}:
    print("(gdb)", line, flush=True)
    try: gdb.execute(line)
    except gdb.error as error: print("failed:", line, ":", error, flush=True)
end
"""


def documents():
    yield from (guest.ROOT / name for name in ("README.md", "CONTRIBUTING.md"))
    yield from sorted((guest.ROOT / "docs").glob("*.md"))
    yield from sorted((guest.ROOT / "races").rglob("*.md"))


def sessions(path):
    """[({variable: value}, lines)]"""
    found = []
    for words, line in LINE.findall(path.read_text()):
        if line:
            found[-1][1].append(line)
        else:
            found.append((dict(word.split("=", 1) for word in shlex.split(words)), []))
    return [session for session in found if session[1]]


def machine(given):
    return guest.Machine(kernel=guest.kernel("debug", given.get("BUG", "")),
                         smp=int(given.get("SMP", 4)), cmd=given.get("CMD", ""))


class Gdb:
    """gdb at a machine, with these lines to type."""

    def __init__(self, on, lines, **environment):
        self.log = claims.file(guest.BUILD / "console.log")
        self.script = tempfile.NamedTemporaryFile("w", suffix=".gdb")
        self.script.write(RUN.format(lines=json.dumps(lines)))
        self.script.flush()
        first, *rest = guest.gdb_command(on, self.log)
        self.process = subprocess.Popen(
            ["timeout", "-k", "5", str(guest.PATIENCE), first, "-nx", "-batch", *rest,
             "-x", self.script.name], cwd=guest.ROOT, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            env=os.environ | environment)

    def end(self):
        return self.process.communicate()[0]


def is_clean(output, lines):
    return not FAILED.search(output) and output.count("(gdb) ") == len(lines)


found = [(path, given, lines) for path in documents() for given, lines in sessions(path)]
said = guest.build("kernel", "debug") + "".join(
    guest.build(f"variant/{given['BUG']}", "debug") for _, given, _ in found if "BUG" in given)
tap.ok(not said, "the kernels for the debugger are built", said)
tap.ok(len(found) > 1, "documents have sessions", f"{found}")
seen = {}
for path, given, lines in found:
    output = Gdb(machine(given), lines).end()
    seen[path.name] = output
    tap.ok(is_clean(output, lines), f"{path.relative_to(guest.ROOT)}: all lines work", output)
tap.ok(re.search(r'"this is not a test".*"m", .0. <repeats 17', seen["dirtycow.md"], re.S),
       "Dirty COW happens before one's eyes", seen["dirtycow.md"])
tap.ok("paging is not on yet" in seen["debugger.md"], "before paging, that is said",
       seen["debugger.md"])

WRONG = ["harts", "mappers 0", "tbreak boot_main", "continue", "harts", "vmas 77", "trapframe 77",
         "page nonsense", "pagetable", "page page_array", "program no/such", "runq", "locks"]
output = Gdb(guest.Machine(kernel=guest.kernel("debug"), smp=2), WRONG).end()
tap.ok("Python Exception" not in output and "Traceback" not in output,
       "what is not there gets a word", output)

with tempfile.TemporaryDirectory() as folder:
    qemu = guest.Machine(kernel=guest.kernel("debug")).command()[0]
    slow = pathlib.Path(folder) / pathlib.Path(qemu).name
    slow.write_text(f'#!/bin/sh\nsleep 5\nexec {shutil.which(qemu)} "$@"\n')
    slow.chmod(0o755)
    output = Gdb(guest.Machine(kernel=guest.kernel("debug")), ["info inferiors"],
                 PATH=f"{folder}:{os.environ['PATH']}").end()
tap.ok(re.search(r"^\* 1 +process 1", output, re.M), "a machine that comes late is waited for", output)

gdb = Gdb(guest.Machine(kernel=guest.kernel("debug"), smp=2), ["continue"])
while not gdb.log.with_suffix(".sock").exists() and gdb.process.poll() is None:
    time.sleep(0.1)
console = subprocess.Popen([guest.ROOT / "tools/console.py", gdb.log], text=True,
                           errors="replace", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
heard = ""
while "built-in" not in heard and (line := console.stdout.readline()):
    heard += line
heard += console.communicate("echo one'1'two\npoweroff -f\n")[0]
if console.returncode != 0:
    gdb.process.terminate()
output = gdb.end()
tap.ok(re.search(r"^one1two$", heard, re.M), "the console can be typed at", heard + output)

tap.end()
