#!/usr/bin/env python3
"""Run the stress tests in the guest, on this terminal; the status is theirs.

With --bug it is the kernel that has these bugs, and the tests that catch them
are run until the first failure.  --points sets the race points: off, noise, or
the choreographies of races.  --hours boots again and again, a new seed each time,
until the time is over or a run has failed.

What cannot work is said in one line, and nothing is run.
"""
import argparse
import subprocess
import sys
import time

import arguments
import guest

BOOT_SECONDS = 300              # more than a boot and the last test may take
SOAK_SECONDS = 600              # of one boot


def words(args):
    points = arguments.points_for(args.bug, args.points)
    chosen = [f"seed={args.seed}", f"points={points}" if points else "", args.append]
    return " ".join(word for word in chosen if word)


def machine(args, tests, duration):
    command = ["/bin/run-tests", "stress", *(["-1"] if args.bug else []),
               "-d", str(duration), "-s", str(args.seed), *tests]
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
    parser.add_argument("--hours")
    args = parser.parse_args()

    duration = arguments.number("DURATION", args.duration, 1, 86400)
    args.seed = arguments.seed(args.seed)
    found = arguments.bugs_that_show(args.bug, args.profile)
    if args.points:
        arguments.points(args.points)
    tests = arguments.tests(args.test or arguments.tests_of(found))
    arguments.enough_harts(tests, args.smp)
    if args.hours is not None:
        args.hours = arguments.hours(args.hours)
        sys.exit(soak(args, tests))
    sys.exit(boot(args, tests, duration))


if __name__ == "__main__":
    main()
