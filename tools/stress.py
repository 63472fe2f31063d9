#!/usr/bin/env python3
"""Run the stress tests in the guest, on this terminal; the status is theirs.

With --bug it is the kernel that has these bugs, and the tests that catch them
are run until the first failure.  --points sets the race points: off, noise, or
the choreographies of races.  --hotplug 1: harts leave and come back meanwhile.  The last lines then say which page explains what was
seen, and how to look at the run.  --hours boots again and again, a new seed each time,
until the time is over or a run has failed.

What cannot work is said in one line, and nothing is run.
"""
import argparse
import os
import shlex
import subprocess
import sys
import time

import arguments
import guest
import races

BOOT_SECONDS = 300              # more than a boot and the last test may take
SOAK_SECONDS = 600              # of one boot


def words(args):
    points = arguments.points_for(args.bug, args.points)
    chosen = [f"seed={args.seed}", f"points={points}" if points else "", args.append]
    return " ".join(word for word in chosen if word)


def machine(args, tests, duration):
    command = ["/bin/run-tests", "stress", *(["-1"] if args.bug else []),
               *(["-H"] if args.hotplug == "1" else []), "-d", str(duration), "-s", str(args.seed), *tests]
    return guest.Machine(smp=args.smp, mem=args.mem, initrd=args.initrd,
                         kernel=guest.kernel(args.profile, args.bug),
                         append=words(args), cmd=" ".join(command))


def boot(args, tests, duration):
    command = machine(args, tests, duration).limited(2 * duration + BOOT_SECONDS)
    command.insert(1, "--foreground")
    sys.stdout.flush()
    status = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
    if status in guest.TIMED_OUT:
        print(f"stress: the guest did not end in {2 * duration + BOOT_SECONDS} s")
    return status


# ---- where to read on ----

def page_of(race):
    path = race.patch if race.is_own else race.patch.parent / "README.md"
    return os.path.relpath(path, races.TOP)


def trace_command(args):
    """What was typed, as far as make trace takes it."""
    given = {"BUG": args.bug, "TEST": args.test, "POINTS": args.points, "APPEND": args.append,
             "PROFILE": args.profile != "lab" and args.profile,
             "PATCHES": os.environ.get("PATCHES"), "SMP": args.smp != 4 and str(args.smp),
             "MEM": args.mem != "512M" and args.mem, "SEED": args.seed != 1 and str(args.seed)}
    return " ".join(["make trace", *(f"{name}={shlex.quote(text)}"
                                     for name, text in given.items() if text)])


def read_on(args, found, status):
    pages = " and ".join(page_of(race) for race in found)
    if status == 0:
        print(f"stress: {args.bug} was not seen in {args.duration} s; how it shows: {pages}")
    else:
        print(f"stress: why that goes wrong, and how to read the columns: {pages}")
        print(f"stress: all that each hart did, as a page to look at: {trace_command(args)}")


def soak(args, tests):
    end, status = time.monotonic() + args.hours * 3600, 0
    first = args.seed
    while status == 0 and (left := end - time.monotonic()) > 0:
        duration = max(60, min(SOAK_SECONDS, int(left)))
        print(f"soak: seed {args.seed}, {duration} s, {left / 60:.0f} minutes to go")
        status = boot(args, tests, duration)
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
    parser.add_argument("--hotplug", default="0")
    parser.add_argument("--hours")
    args = parser.parse_args()

    duration = arguments.number("DURATION", args.duration, 1, 86400)
    args.seed = arguments.seed(args.seed)
    found = arguments.bugs_that_show(args.bug, args.profile)
    if args.points:
        arguments.points(args.points)
    arguments.one_of("HOTPLUG", args.hotplug, "0", "1")
    tests = arguments.tests(args.test or arguments.tests_of(found))
    arguments.enough_harts(tests, args.smp)
    if args.hours is not None:
        args.hours = arguments.hours(args.hours)
        sys.exit(soak(args, tests))
    status = boot(args, tests, duration)
    if found:
        read_on(args, found, status)
    sys.exit(status)


if __name__ == "__main__":
    main()
