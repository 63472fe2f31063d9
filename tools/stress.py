#!/usr/bin/env python3
"""Run the stress tests in the guest, on this terminal; the status is theirs.

With --bug one bug is switched on, and the tests that catch it are run until
the first failure.  --points sets the race points: off, noise, or the
choreography of a bug.  --hours boots again and again, a new seed each time,
until the time is over or a run has failed.

What cannot work is said in one line, and nothing is run.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import time

import bugs
import guest
from arguments import number, refuse

TESTS = guest.ROOT / "tests/stress"
BOOT_SECONDS = 300              # more than a boot and the last test may take
SOAK_SECONDS = 600              # of one boot
HARTS = re.compile(r"^ \* Harts:\s+(\d+)", re.M)


def harts_needed(test):
    """What the head comment of the test asks for."""
    found = HARTS.search((TESTS / f"{test}.c").read_text())
    return int(found[1]) if found else 1


def chosen_tests(args, bug):
    names = {path.stem for path in TESTS.glob("*.c") if not path.stem.startswith("lib")}
    if args.test and args.test not in names and not set(args.test) & set("*?["):
        refuse(f"TEST={args.test}: no such test; there are " + " ".join(sorted(names)))
    tests = args.test.split() if args.test else bug.tests.split() if bug else []
    for test in tests:
        if test in names and args.smp < harts_needed(test):
            refuse(f"SMP={args.smp}: {test} needs {harts_needed(test)} harts")
    return tests


def chosen_bug(args):
    if not args.bug:
        return None
    bug = bugs.find(args.bug)
    if args.profile != "lab":
        refuse(f"BUG={bug.name}: only the lab kernel has bugs to switch on")
    if not bug.runs:
        refuse(f"BUG={bug.name}: shows only to a model; see docs/races/{bug.name}.md")
    return bug


def words(args, bug):
    points = args.points
    if points not in ("", "off", "noise"):
        bugs.find(points)
    chosen = [f"seed={args.seed}", f"bug={bug.name}" if bug else "",
              f"points={points}" if points else "", args.append]
    return " ".join(word for word in chosen if word)


def machine(args, bug, tests, duration):
    command = ["/bin/run-tests", "stress", *(["-1"] if bug else []),
               "-d", str(duration), "-s", str(args.seed), *tests]
    kernel = str(guest.BUILD / args.profile / "kernel.elf")
    return guest.Machine(smp=args.smp, mem=args.mem, kernel=kernel, initrd=args.initrd,
                         append=words(args, bug), cmd=" ".join(command))


def boot(args, bug, tests, duration):
    command = machine(args, bug, tests, duration).limited(2 * duration + BOOT_SECONDS)
    command.insert(1, "--foreground")
    sys.stdout.flush()
    status = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
    if status in guest.TIMED_OUT:
        print(f"stress: the guest did not end in {2 * duration + BOOT_SECONDS} s")
    return status


def soak(args, tests):
    end, status = time.monotonic() + args.hours * 3600, 0
    first = args.seed
    while status == 0 and (left := end - time.monotonic()) > 0:
        duration = max(60, min(SOAK_SECONDS, int(left)))
        print(f"soak: seed {args.seed}, {duration} s, {left / 60:.0f} minutes to go")
        status = boot(args, None, tests, duration)
        args.seed += 1
    print(f"soak: {args.seed - first} boots, " +
          (f"seed {args.seed - 1} failed" if status else "all clean"))
    return status


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--mem", default="512M")
    parser.add_argument("--profile", default="lab")
    parser.add_argument("--initrd", default=guest.Machine.initrd)
    for name in ("append", "test", "bug", "points"):
        parser.add_argument("--" + name, default="")
    parser.add_argument("--duration", default="60")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--hours")
    args = parser.parse_args()

    duration = number("DURATION", args.duration, 1, 86400)
    args.seed = number("SEED", args.seed, 0, 999999999)
    bug = chosen_bug(args)
    tests = chosen_tests(args, bug)
    if args.hours is not None:
        if not re.fullmatch(r"\d{1,3}(\.\d+)?", args.hours) or float(args.hours) <= 0:
            refuse(f"HOURS={args.hours}: allowed are numbers above 0")
        args.hours = float(args.hours)
        sys.exit(soak(args, tests))
    sys.exit(boot(args, bug, tests, duration))


if __name__ == "__main__":
    main()
