#!/usr/bin/env python3
"""Run test programs on Linux's interface, as qemu-riscv64 provides it: TAP.

    linux-tap.py PROGRAM...

One line each.  A program that cannot say anything useful there prints the
plan 1..0 # SKIP reason.  What fails here is a wrong test, or is skipped by
name with a reason; drover is then measured against the rest.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

TIMEOUT = 600       # the tests have their own watchdogs
SKIPPED = re.compile(r"^1\.\.0\s*# *skip\s*(.*)", re.I | re.M)
FAILED = re.compile(r"^(not ok|Bail out!).*", re.M)


def run(program):
    command = ["timeout", "-k", "5", str(TIMEOUT), "qemu-riscv64", os.path.abspath(program)]
    with (tempfile.TemporaryDirectory() as scratch,
          tempfile.TemporaryFile("w+", errors="replace") as said):
        test = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said,
                                stderr=subprocess.STDOUT, cwd=scratch, start_new_session=True,
                                env={**os.environ, "TAP_QEMU_USER": "1"})
        os.waitid(os.P_PID, test.pid, os.WEXITED | os.WNOWAIT)
        os.killpg(test.pid, signal.SIGKILL)     # whoever a test that broke off has left
        status = test.wait()
        said.seek(0)
        return status, said.read()


def reason(status, output):
    """The line that says most, as a summary keeps the line that failed and no other."""
    wrong = FAILED.search(output)
    return f"({wrong[0] if wrong else f'status {status}'})"


def main():
    programs = sys.argv[1:]
    failed = 0
    print(f"1..{len(programs)}", flush=True)
    for number, program in enumerate(programs, 1):
        name = pathlib.Path(program).name
        status, output = run(program)
        skipped = SKIPPED.search(output)
        if skipped:
            print(f"ok {number} - {name} # SKIP {skipped[1]}", flush=True)
            continue
        if status == 0:
            print("ok", number, "-", name, flush=True)
        else:
            failed += 1
            print("not ok", number, "-", name, reason(status, output), flush=True)
            print(f"# {name}: status {status}", file=sys.stderr)
            print(*("#   " + line for line in output.splitlines()[-30:]), sep="\n", file=sys.stderr)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
