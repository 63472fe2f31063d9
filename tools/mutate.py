#!/usr/bin/env python3
"""How much a green run is worth: mutants by machine, and which are killed.

    mutate.py [--subsys "mm ipc"] [--count 40] [--seed 1] [--seconds 20]
              [--again 1] [--jobs 2] [--hosts FILE] [--table]

The mutants are those of tools/mutagen.py.  Each is

    no kernel   does not compile: not counted as made
    equivalent  compiles to the same instructions: not counted as made
    lint        killed by what `make lint` says of its file: the lock contracts
                or the orderings
    killed      by a program of tests/abi or tests/stress, or by what the lab
                kernel watches in itself, while these run
    unreached   alive: no test executes its lines
    alive       alive: all that reach its lines pass

Which tests reach it is known from `make coverage`; without that all are run
for the time.  build/mutate/patches has each as a patch that PATCHES= takes,
build/mutate/results.jsonl what became of it: a mutant that stands there is not
run again, but with --again one that lives: when there are new tests, or for a
longer time.  --table prints what is known, and runs nothing.

mutation/explained.txt says of mutants that live why no test can kill them.
"""
import argparse
import collections
import dataclasses
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import guest
import mutagen
import mutants

OUT = guest.BUILD / "mutate"
PATCHES = OUT / "patches"
RESULTS = OUT / "results.jsonl"
COVERAGE = guest.BUILD / "coverage"
EXPLAINED = mutagen.RULES / "explained.txt"
LIVES = ("unreached", "alive")
MADE = ("lint", "killed", *LIVES)
MOST_ABI, MOST_STRESS = 8, 3        # tests that a mutant is given
LONG = 10                           # seconds; shorter ones are given where there are some
PATIENT, SLOWER = 20, 5             # silent for so many seconds, or times of its own: it hangs
PATIENCE = 120                      # as tests/tap.h has it, for the longest
NEAR = 3                            # lines up to one that gcov counts
SEED = 1                            # of the runs
BOOT = "boot"                       # of `make coverage`: before any test
ORDERS = re.compile(r"\b(smp_|io_|store_release|load_acquire|atomic_|__atomic)")

KERNEL = ["-std=gnu11", "-ffreestanding", "-mabi=lp64", "-mcmodel=medany", "-DLAB=1",
          "-I", "kernel", "-I", "build/lab/include"]
GCC = ["riscv64-linux-gnu-gcc", "-march=rv64imac_zicsr_zifencei", *KERNEL, "-O2", "-fno-pic",
       "-fno-common", "-fno-strict-aliasing", "-fno-omit-frame-pointer", "-fno-stack-protector",
       "-fno-asynchronous-unwind-tables", "-Wall", "-Wextra", "-Werror", "-Wno-unused"]
CLANG = ["clang", "--target=riscv64-linux-gnu", "-march=rv64imac", *KERNEL, "-fsyntax-only",
         "-Wthread-safety", "-Werror=thread-safety", "-Wno-unknown-warning-option",
         "-Wno-incompatible-pointer-types"]


@dataclasses.dataclass
class Verdict:
    name: str
    kind: str
    subsystem: str
    place: str          # file:line, function
    verdict: str
    by: str = ""
    seconds: float = 0
    tests: str = ""     # those that were run


def verdict_on(mutant, verdict, **more):
    place = f"{mutant.file}:{mutant.lines[0]} {mutant.function}()"
    return Verdict(mutant.name, mutant.kind, mutant.subsystem, place, verdict, **more)


# ---- before it is run ----

def run(*command):
    return subprocess.run(command, cwd=guest.ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


class Sieve:
    """The tree with one file at a time made wrong, for who looks without running."""

    def __init__(self, folder):
        self.tree = folder / "kernel"
        self.object = folder / "object"
        self.objects = {}           # the right ones, by file
        shutil.copytree(guest.ROOT / "kernel", self.tree)

    def compiled(self, mutant, text):
        """The object; None if there is none.  It names the file as the right one's does."""
        wrong = self.tree / os.path.relpath(mutant.file, "kernel")
        wrong.write_text(f'#line 1 "{mutant.file}"\n' + text)
        done = run(*GCC, "-iquote", os.path.dirname(mutant.file), "-c", "-o", self.object, wrong)
        return self.object.read_bytes() if done.returncode == 0 else None

    def contracts(self, mutant):
        wrong = self.tree / os.path.relpath(mutant.file, "kernel")
        own = [] if mutant.subsystem == "sync" else ["-DLOCK_ANALYSIS"]
        done = run(*CLANG, *own, "-iquote", os.path.dirname(mutant.file), wrong)
        said = re.search(r"(?:error|warning): (.*)", done.stdout)
        return f"contracts: {said[1] if said else ''}" if done.returncode else ""

    def orders(self):
        done = run("tools/check_orders.py", self.tree, "docs/memory-ordering.md")
        said = done.stdout.strip().splitlines()
        return f"orders: {said[0].split(': ', 1)[-1]}" if done.returncode and said else ""

    def right(self, mutant):
        if mutant.file not in self.objects:
            self.objects[mutant.file] = self.compiled(mutant, "".join(mutant.source))
        return self.objects[mutant.file]

    def by_lint(self, mutant):
        """What lint says.  What orders nothing cannot leave an order without its two sides."""
        path = self.tree / os.path.relpath(mutant.file, "kernel")
        path.write_text(mutant.text())
        said = self.contracts(mutant)
        if not said and ORDERS.search("".join(line for edit in mutant.edits for line in edit.old)):
            said = self.orders()
        path.write_text("".join(mutant.source))
        return said

    def sift(self, mutant):
        """What becomes of it without being run; None if it has to be."""
        wrong = self.compiled(mutant, mutant.text(padded=True))
        if wrong is None:
            return verdict_on(mutant, "no kernel")
        if wrong == self.right(mutant):
            return verdict_on(mutant, "equivalent")
        said = self.by_lint(mutant)
        return verdict_on(mutant, "lint", by=said) if said else None


# ---- which tests ----

@dataclasses.dataclass
class Choice:
    """The tests that a mutant is given, and when one of them hangs."""
    abi: list
    stress: list
    patience: int

    def names(self, field):
        return " ".join(test.split("/")[1] for test in getattr(self, field))

    def __str__(self):
        return f"{self.names('abi')} {self.names('stress')}".strip()


class Reach:
    """Who executes a line, from `make coverage`."""

    def __init__(self):
        self.files, self.seconds = (self.known(what) for what in ("lines", "seconds"))
        self.about = {file: self.weights(lines) for file, lines in self.files.items()}

    @staticmethod
    def known(what):
        path = COVERAGE / f"{what}.json"
        return json.loads(path.read_text()) if path.exists() else {}

    @staticmethod
    def weights(lines):
        """How much each test is about a file: what few reach weighs more."""
        sums = collections.Counter()
        for tests in lines.values():
            for test in tests:
                sums[test] += 1 / len(tests)
        return sums

    def at(self, mutant):
        """{test: times}; what goes on over lines is counted at its first."""
        lines = self.files.get(mutant.file, {})
        for up in range(NEAR):
            counted = [lines[str(line - up)] for line in mutant.lines if str(line - up) in lines]
            if counted:
                return sum(map(collections.Counter, counted), collections.Counter())
        return {}

    def is_short(self, test):
        return self.seconds[test] < LONG

    def best(self, folder, times, rank, most):
        mine = sorted((test for test in times if test.startswith(folder)),
                      key=lambda test: (-rank(test), test))
        return (list(filter(self.is_short, mine)) or mine)[:most]

    def for_a_boot(self):
        """The one that needs no time."""
        return min(filter(re.compile("abi/").match, self.seconds), key=self.seconds.get)

    def chosen(self, mutant):
        """Of tests/abi those that are most about its file, first the one that is called
        like it; of tests/stress who are there most.  What every boot executes, and no test
        more than that, is shown to any."""
        times, about = self.at(mutant), self.about.get(mutant.file, {})
        if set(times) == {BOOT}:
            times = about if set(about) - {BOOT} else {self.for_a_boot(): 1}
        named = f"abi/{pathlib.Path(mutant.file).stem}"
        abi = self.best("abi/", times,
                        lambda test: math.inf if test == named else about.get(test, 0), MOST_ABI)
        stress = self.best("stress/", times, times.get, MOST_STRESS)
        longest = max((self.seconds[test] for test in abi + stress), default=0)
        return Choice(abi, stress, min(PATIENCE, max(PATIENT, math.ceil(SLOWER * longest))))


def write_patch(mutant, choice):
    fields = [f"Race: {mutant.name}", f"Claim: {mutant.claim}", f"Kind: {mutant.kind}",
              f"Patience: {choice.patience}"]
    fields += [f"{field}: {tests}" for field, tests in (("Abi", choice.names("abi")),
                                                        ("Tests", choice.names("stress"))) if tests]
    PATCHES.mkdir(parents=True, exist_ok=True)
    path = PATCHES / f"{mutant.name}.patch"
    path.write_text("\n".join(fields) + "\n\n" + mutant.diff())


# ---- all of them ----

def known():
    """The last word on each."""
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return {v.name: v for v in (Verdict(**json.loads(line)) for line in lines)}


def keep(verdict):
    with open(RESULTS, "a") as file:
        file.write(json.dumps(dataclasses.asdict(verdict)) + "\n")
    print(f"# {verdict.name:<18} {verdict.verdict:<10} {verdict.seconds:>6.1f} s  "
          f"{verdict.place}  {verdict.by[:70]}", flush=True)


def folder_of(name):
    return guest.BUILD / f"lab+{name}"


def built(chosen, sieve, reach, jobs):
    """Of each that has to be run, the job; of the others the verdict is kept at once.
    @jobs is what the engine runs meanwhile, by name."""
    for mutant in chosen:
        choice = reach.chosen(mutant)
        write_patch(mutant, choice)
        verdict = sieve.sift(mutant)
        if not verdict and reach.files and not choice.abi + choice.stress:
            verdict = verdict_on(mutant, "unreached")
        if not verdict and guest.build(f"variant/{mutant.name}"):
            verdict = verdict_on(mutant, "no kernel")
        if verdict:
            keep(verdict)
            continue
        jobs[mutant.name] = mutant, str(choice)
        yield mutant.name, "own", SEED


def judged(result, mutant, tests):
    verdict = "alive" if result.why == "survived" else "killed"
    return verdict_on(mutant, verdict, by=result.by, seconds=result.seconds, tests=tests)


def run_all(chosen, args):
    jobs = {}
    command = mutants.engine_command(args.jobs, args.hosts, str(PATCHES.relative_to(guest.ROOT)),
                                     args.seconds)
    with tempfile.TemporaryDirectory() as name:
        sieve = Sieve(pathlib.Path(name))
        for result in mutants.results_of(built(chosen, sieve, Reach(), jobs), command):
            keep(judged(result, *jobs[result.name]))
            shutil.rmtree(folder_of(result.name), ignore_errors=True)


# ---- the table ----

def explained():
    """{name: reason}"""
    lines = EXPLAINED.read_text().splitlines() if EXPLAINED.exists() else []
    pairs = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    return dict(pairs)


def row(title, verdicts, reasons):
    count = collections.Counter(v.verdict for v in verdicts)
    made = sum(count[verdict] for verdict in MADE)
    excused = sum(v.name in reasons for v in verdicts if v.verdict in LIVES)
    killed = count["lint"] + count["killed"]
    share = f"{100 * killed / made:.0f} %" if made else "-"
    return (f"{title:<12} {made:>5} {count['lint']:>6} {count['killed']:>7} {count['alive']:>6} "
            f"{count['unreached']:>10} {excused:>10} {share:>7}   "
            f"{count['equivalent']:>10} {count['no kernel']:>10}")


def table(verdicts):
    reasons = explained()
    yield (f"{'':<12} {'made':>5} {'lint':>6} {'killed':>7} {'alive':>6} {'unreached':>10} "
           f"{'explained':>10} {'killed':>7}   {'equivalent':>10} {'no kernel':>10}")
    for field in ("subsystem", "kind"):
        groups = collections.defaultdict(list)
        for verdict in verdicts:
            groups[getattr(verdict, field)].append(verdict)
        yield from (row(title, groups[title], reasons) for title in sorted(groups))
        yield ""
    yield row("all", verdicts, reasons)


def detector(verdict):
    """Who killed it, in a word or two."""
    if verdict.verdict == "lint":
        return "lint, " + verdict.by.split(":")[0]
    if verdict.by.startswith("status"):
        return "hangs"
    found = re.match(r"PANIC on hart \d+(?: .*?)?: (\S+(?: \S+){0,2})", verdict.by)
    return f"panic: {found[1]}" if found else verdict.by.split(" - ")[-1].split(":")[0][:40]


def killers(verdicts):
    mine = [v for v in verdicts if v.verdict in ("lint", "killed")]
    seconds = sorted(v.seconds for v in mine if v.verdict == "killed")
    if seconds:
        yield f"killed by a run after {seconds[len(seconds) // 2]:.0f} s (median), " \
              f"{seconds[-1]:.0f} s (longest)"
    for who, times in collections.Counter(map(detector, mine)).most_common():
        yield f"{times:>5}  {who}"


def survivors(verdicts):
    reasons = explained()
    for verdict in verdicts:
        if verdict.verdict in LIVES:
            yield f"{verdict.verdict:<10} {verdict.place}: " \
                  f"build/mutate/patches/{verdict.name}.patch"
            yield f"           {reasons.get(verdict.name, 'no reason is known')}"


def report(verdicts):
    print(*table(verdicts), "", *killers(verdicts), "", *survivors(verdicts), sep="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subsys", default=" ".join(mutagen.CORE))
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--hosts", default="")
    parser.add_argument("--again", type=int, default=0)
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()

    os.environ["PATCHES"] = str(PATCHES.relative_to(guest.ROOT))
    everything = list(mutagen.all_of(args.subsys.split()))
    done = known()
    if args.table:
        report([done[m.name] for m in everything if m.name in done])
        return
    chosen = mutagen.sampled(everything, args.seed)[:args.count]
    OUT.mkdir(parents=True, exist_ok=True)
    settled = {name for name, v in done.items() if not args.again or v.verdict not in LIVES}
    run_all([m for m in chosen if m.name not in settled], args)
    print(f"{len(everything)} mutants could be made, seed {args.seed} chose {len(chosen)}")
    report([known()[m.name] for m in chosen if m.name in known()])


if __name__ == "__main__":
    main()
