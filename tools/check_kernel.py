#!/usr/bin/env python3
"""Run the suites under each detector of the kernel; a table at the end.

    check_kernel.py [--smp 4] [--duration 60] [--detector NAME] [--suite "abi stress"]
                    [--test "cow* pipe_eof"]

A detector is a build of the kernel that watches itself more closely than the
lab's (docs/architecture.md, "Checks that speak").  The programs of tests/abi
run once, those of tests/stress for DURATION seconds.  What a detector costs is
seen by processor time, of the abi programs, beside the lab's own; and by the
memory that is left when it has booted.

The status is 0 when every program passed and no detector had anything to say.
Each detector has its self-test among tests/boot.
"""
import argparse
import dataclasses
import re
import resource
import sys

import arguments
import guest

SUITES = {"abi": "abi", "stress": "stress -d {duration} {test}"}
# Of a program of tests/abi, after its last result: a detector is slow, a host busy.
PATIENCE = 1800
FREE = re.compile(r"drover: \d+ harts, (\d+) MiB free")


@dataclasses.dataclass(frozen=True)
class Detector:
    name: str
    profile: str
    report: str                     # what begins each of its reports


LAB = Detector("none", "lab", r"(?!)")
DETECTORS = [
    Detector("data races", "watched", r"^\[[ \d.]+\] data race:$"),
    Detector("memory, undefined", "checked",
             r"^\[[ \d.]+\] PANIC on hart \d+: (?:memory|undefined behaviour): "),
]


@dataclasses.dataclass
class Run:
    passed: int
    failed: int
    reports: list                   # the reports, with what follows of each
    seconds: float                  # of a processor
    free: int                       # MiB when it has booted
    ended: bool                     # as it should, whether or not all is well


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def reports_in(output, pattern):
    """Each report with the lines below it that are the kernel's, indented."""
    return re.findall(rf"(?:{pattern})[^\n]*\n(?:\[[ \d.]+\]   .*\n)*", output, re.M)


def command(suite, args):
    tests = SUITES[suite].format(duration=args.duration, test=args.test)
    return guest.kernel_words(f"sh -c 'export TAP_TIMEOUT={PATIENCE}; exec /bin/run-tests {tests}'")


def run(detector, suite, args):
    before = processor_seconds()
    status, output = guest.run(guest.Machine(
        smp=args.smp, kernel=guest.kernel(detector.profile), append="-- " + command(suite, args)),
        args.patience)
    for line in re.findall(r"^(?:not ok |Bail out|.*PANIC on ).*(?:\n# .*)*", output, re.M):
        print(line, flush=True)
    free = FREE.search(output)
    return Run(passed=len(re.findall(r"^ok ", output, re.M)),
               failed=len(re.findall(r"^not ok ", output, re.M)),
               reports=reports_in(output, detector.report),
               seconds=processor_seconds() - before,
               free=int(free[1]) if free else 0,
               ended=status not in guest.TIMED_OUT and "PANIC" not in output)


def look(detector, suites, args):
    said = guest.build("kernel", detector.profile)
    if said:
        sys.exit(f"check-kernel: {detector.profile} is not built:\n{said}")
    runs = {suite: run(detector, suite, args) for suite in suites}
    for suite, done in runs.items():
        for report in done.reports:
            print(report, end="")
        if not done.ended:
            print(f"check-kernel: {detector.name}: {suite} did not come to its end")
    return runs


def row(detector, runs, base):
    total = list(runs.values())
    slower = runs["abi"].seconds / base["abi"].seconds if "abi" in runs else 0
    return (f"{detector.name:<20} {detector.profile:<8} "
            f"{sum(r.passed for r in total):>6} {sum(r.failed for r in total):>6} "
            f"{sum(len(r.reports) for r in total):>7} "
            f"{f'x {slower:.1f}' if slower else '-':>9} "
            f"{base[next(iter(base))].free - total[0].free:>8} MiB")


def is_clean(runs):
    return all(r.ended and not r.failed and not r.reports for r in runs.values())


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--duration", default="60")
    parser.add_argument("--detector", default="", help="that of this profile alone")
    parser.add_argument("--suite", default="abi stress")
    parser.add_argument("--test", default="", help="programs of tests/stress")
    parser.add_argument("--patience", type=int, default=7200)
    args = parser.parse_args()
    args.duration = arguments.number("DURATION", args.duration, 1, 86400)
    return args


def show(base, found):
    print(f"{'detector':<20} {'profile':<8} {'passed':>6} {'failed':>6} {'reports':>7} "
          f"{'slow-down':>9} {'memory':>12}")
    for detector, runs in [(LAB, base), *found.items()]:
        print(row(detector, runs, base))


def main():
    args = options()
    suites = args.suite.split()
    chosen = [d for d in DETECTORS if args.detector in ("", d.profile)]
    base = look(LAB, suites, args)
    found = {d: look(d, suites, args) for d in chosen}
    show(base, found)
    sys.exit(not all(is_clean(runs) for runs in [base, *found.values()]))


if __name__ == "__main__":
    main()
