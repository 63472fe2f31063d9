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
        print("ok" if status == 0 else "not ok", number, "-", name, flush=True)
        if status != 0:
            failed += 1
            print(f"# {name}: status {status}", file=sys.stderr)
            print(*("#   " + line for line in output.splitlines()[-30:]), sep="\n", file=sys.stderr)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
