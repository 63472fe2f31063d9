#!/usr/bin/env python3
"""Run seeds: each is an interleaving of the harts (docs/seeded.md).

    chaos.py --seeds 1-1000     each of them, on all processors; a summary
    chaos.py --replay 17        one again, with all that it says
    chaos.py --replay 17 --gdb  the same, stopped before its first instruction

A seed runs one stress test by rounds: the one that --test names, else one that
catches --bug, else one of all; of several, seeds take them by turns.  With
--reruns each seed runs so often, and has to give the same run hash and the
same output.

The status is 0 when all went well, 1 when a seed failed (with --bug too: then
it was found), 2 when a seed gave different runs or one had no end.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import os
import re
import resource
import subprocess
import sys
import time

import arguments
import guest

IMAGES = guest.BUILD / "chaos"
SECONDS, SECONDS_A_ROUND = 60, 1    # of the machine's own time: who is not done then has no end

# One round of these takes several times as long as the boot.
LONG = {"cow_kernel_write", "cow_refork", "out_of_memory"}

HASH = re.compile(r"^run hash ([0-9a-f]{16})$", re.M)
NO_END = "no end within"         # kernel/debug/seeded.c
SAYS = re.compile(r"PANIC on .*|^not ok .*|^Bail out!.*", re.M)


@dataclasses.dataclass
class Result:
    seed: int
    test: str
    status: int
    output: str

    @property
    def hash(self):
        found = HASH.search(self.output)
        return found[1] if found else None

    @property
    def endless(self):
        return self.status in guest.TIMED_OUT or NO_END in self.output

    @property
    def failed(self):
        return self.status != 0 or self.hash is None

    @property
    def why(self):
        found = SAYS.search(self.output)
        if self.status in guest.TIMED_OUT:
            return f"no end, and no tick, in {guest.PATIENCE} s"
        return found[0] if found else f"status {self.status}"


def schedule(seed, points, rounds):
    """Words for the kernel.  To the letter: another word is another run."""
    return f"schedule=seeded seed={seed} points={points} within={SECONDS + SECONDS_A_ROUND * rounds}"


def chosen_tests(text, bugs):
    patterns = arguments.tests(text) or arguments.tests_of(bugs).split()
    if not patterns:
        return [name for name in arguments.stress_tests() if name not in LONG]
    return sorted({name for pattern in patterns for name in arguments.matching(pattern)})


def pack(test):
    return pack_programs(test, ["bin/run-tests", f"tests/stress/{test}"])


def pack_programs(name, programs):
    """An image with nothing else in it: to unpack it is much of a short run."""
    image = IMAGES / f"{name}.cpio"
    root = guest.BUILD / "root"
    newest = max((root / name).stat().st_mtime for name in programs)
    if not image.exists() or image.stat().st_mtime < newest:
        IMAGES.mkdir(exist_ok=True)
        subprocess.run([guest.ROOT / "tools/make-image.py", image, "--root", root,
                        "--skeleton", guest.ROOT / "user/skel", *programs],
                       check=True)
    return str(image)


class Campaign:
    def __init__(self, args):
        arguments.lab_only(args.profile)
        arguments.points(args.points)
        self.args, self.bugs = args, arguments.bugs_that_show(args.bug, args.profile)
        self.tests = chosen_tests(args.test, self.bugs)
        self.images = {test: pack(test) for test in self.tests}

    def test_of(self, seed):
        return self.tests[seed % len(self.tests)]

    def machine(self, seed):
        test = self.test_of(seed)
        words = ["init=/bin/run-tests",
                 schedule(seed, self.args.points, self.args.rounds),
                 self.args.append]
        return guest.Machine(
            seeded=True, kernel=guest.kernel(self.args.profile, self.args.bug), smp=self.args.smp,
            mem=self.args.mem, initrd=self.images[test],
            append=" ".join(word for word in words if word),
            cmd=f"stress -n {self.args.rounds} -s {seed} {test}")

    def run(self, seed):
        status, output = guest.run(self.machine(seed))
        return Result(seed, self.test_of(seed), status, output)

    def replay_command(self, result):
        words = [f"make replay SEED={result.seed}", f"TEST={result.test}",
                 f"BUG={self.args.bug}" if self.bugs else ""]
        for name, default in (("points", "noise"), ("smp", 4), ("rounds", 1), ("mem", "64M")):
            value = getattr(self.args, name)
            words.append(f"{name.upper()}={value}" if value != default else "")
        return " ".join(word for word in words if word)


def show_progress(done, total, failed, begin, last):
    """Now and then; in place on a terminal."""
    now = time.monotonic()
    if now - last < (0.5 if sys.stderr.isatty() else 20):
        return last
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"chaos: {done} of {total} runs, {failed} failed, {done / (now - begin):.1f} a second",
          end=end, file=sys.stderr, flush=True)
    return now


def run_all(campaign, seeds, reruns, jobs):
    runs = [seed for seed in seeds for _ in range(reruns)]
    results, failed, begin = [], 0, time.monotonic()
    last = begin
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for result in pool.map(campaign.run, runs):
            results.append(result)
            failed += result.failed
            last = show_progress(len(results), len(runs), failed, begin, last)
    return results, time.monotonic() - begin


def different(results):
    """Seeds whose runs were not all the same."""
    seen = collections.defaultdict(set)
    for result in results:
        seen[result.seed].add((result.status, result.output))
    return sorted(seed for seed, runs in seen.items() if len(runs) > 1)


def some(numbers, limit=20):
    text = " ".join(map(str, numbers[:limit]))
    return text + (f" and {len(numbers) - limit} more" if len(numbers) > limit else "")


def summary(campaign, results, seconds, jobs, reruns):
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = (used.ru_utime + used.ru_stime) / len(results)
    first = {result.seed: result for result in reversed(results)}
    hashes = {result.hash for result in first.values() if result.hash}
    failures = [first[seed] for seed in sorted(first) if first[seed].failed]
    endless = [result.seed for result in failures if result.endless]
    unlike = different(results) if reruns > 1 else []

    print(f"chaos: {len(first)} seeds, {len(results)} runs in {seconds:.0f} s: "
          f"{len(results) / seconds:.1f} a second, {jobs} at a time, "
          f"each {used:.2f} s of a processor")
    print(f"chaos: {len(hashes)} different run hashes")
    if reruns > 1:
        print(f"chaos: {reruns} runs of each seed: " +
              (f"NOT THE SAME for {some(unlike)}" if unlike else "all the same"))
    if endless:
        print(f"chaos: no end: seeds {some(endless)}")
    if not failures:
        print("chaos: no seed failed")
        return 2 if unlike else 0
    print(f"chaos: {len(failures)} seeds failed: {some([result.seed for result in failures])}")
    if campaign.bugs:
        oracles = "|".join(race.oracle for race in campaign.bugs if race.oracle)
        caught = [result for result in failures
                  if re.search(oracles, result.output)]
        print(f"chaos: {len(caught)} of them by the oracle of {campaign.args.bug}")
    print(f"chaos: the smallest: {failures[0].why}")
    print(f"  {campaign.replay_command(failures[0])}")
    return 2 if unlike or endless else 1


def after_firmware(output):
    """The console without OpenSBI's table, whose last line is about delegation."""
    return re.sub(r"\A.*^Boot HART MEDELEG[^\n]*\n", "", output, flags=re.S | re.M).strip()


def replay(campaign, seed, with_gdb):
    machine = campaign.machine(seed)
    print(f"chaos: seed {seed}: {machine.append} -- {machine.cmd}", flush=True)
    if with_gdb:
        guest.gdb(machine)
    result = campaign.run(seed)
    print(after_firmware(result.output))
    if result.endless:
        print(f"chaos: {result.why}")
    return result.status


def options(*words):
    """Of the command line, or of @words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1-200")
    parser.add_argument("--replay")
    parser.add_argument("--gdb", action="store_true")
    parser.add_argument("--reruns", default="1")
    parser.add_argument("--rounds", default="1")
    parser.add_argument("--profile", default="lab")
    parser.add_argument("--points", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--mem", default="64M")
    for name in ("append", "test", "bug"):
        parser.add_argument("--" + name, default="")
    args = parser.parse_args(words or None)
    args.points = args.points or "noise"
    args.rounds = arguments.number("ROUNDS", args.rounds, 1, 1000000)
    return args


def main():
    args = options()
    reruns = arguments.number("RERUNS", args.reruns, 1, 1000)
    if args.replay is not None:
        sys.exit(replay(Campaign(args), arguments.seed(args.replay), args.gdb))
    seeds = arguments.ranges(args.seeds)
    campaign = Campaign(args)
    results, seconds = run_all(campaign, seeds, reruns, args.jobs)
    sys.exit(summary(campaign, results, seconds, args.jobs, reruns))


if __name__ == "__main__":
    main()
