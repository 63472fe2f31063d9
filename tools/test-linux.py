#!/usr/bin/env python3
"""Real programs on drover: each script of tests/linux in a machine of its own.

    test-linux.py --initrd CPIO [--smp N] [--mem SIZE] [--kernel IMAGE] [--programs "NAME..."]

The root is a Debian with those programs (mk/names.mk).  Checks come as TAP, and
at the end as a table.  With --kernel it is the Linux of that image which runs
them: what fails there is no fault of drover's.
"""
import argparse
import re
import sys
import time

import guest

SCRIPTS = guest.ROOT / "tests/linux"
PATIENCE = 3600     # seconds: that it hangs, not that the host is busy
TAIL = 40           # lines of console shown after a failure
CHECK = re.compile(r"^(not )?ok \d+ - (.*)$", re.M)


def names():
    return sorted(path.stem for path in SCRIPTS.glob("*.sh"))


def run(name, machine):
    """[(passed, check)], and what was on the console when not all is well."""
    machine.cmd = f"/bin/bash /tests/linux/{name}.sh"
    status, output = guest.run(machine, PATIENCE)
    checks = [(not failed, check) for failed, check in CHECK.findall(output)]
    if not re.search(rf"^1\.\.{len(checks)}$", output, re.M):
        checks.append((False, f"comes to its end (status {status})"))
    bad = not all(passed for passed, _ in checks)
    return checks, output.splitlines() if bad else []


def said_of(lines):
    """Of a script that came to its end, what stands below its failures; else the last lines."""
    noted = [line for line in lines if line.startswith(("# ", "not ok"))]
    return noted if any(line.startswith("1..") for line in lines) else lines[-TAIL:]


class Table:
    def __init__(self):
        self.number, self.rows = 0, []

    def add(self, name, checks, seconds):
        for passed, check in checks:
            self.number += 1
            print(f"{'' if passed else 'not '}ok {self.number} - {name}: {check}", flush=True)
        passed = sum(good for good, _ in checks)
        self.rows.append((name, len(checks), passed, len(checks) - passed, round(seconds)))

    def show(self):
        print(f"1..{self.number}\n#\n# {'program':12} checks passed failed seconds")
        for name, *numbers in self.rows:
            print(f"# {name:12} {numbers[0]:6} {numbers[1]:6} {numbers[2]:6} {numbers[3]:7}")

    def failed(self):
        return any(row[3] for row in self.rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--mem", default="3G")
    parser.add_argument("--kernel")
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--programs", default="")
    args = parser.parse_args()
    unknown = set(args.programs.split()).difference(names())
    if unknown:
        parser.error(f"no script in tests/linux for {' '.join(sorted(unknown))}")

    linux = {"kernel": args.kernel, "append": "rdinit=/init"} if args.kernel else {}
    table = Table()
    for name in args.programs.split() or names():
        begin = time.monotonic()
        machine = guest.Machine(smp=args.smp, mem=args.mem, initrd=args.initrd, **linux)
        checks, lines = run(name, machine)
        table.add(name, checks, time.monotonic() - begin)
        print(*("#   " + line for line in said_of(lines)), sep="\n", end="\n" if lines else "", flush=True)
    table.show()
    sys.exit(table.failed())


if __name__ == "__main__":
    main()
