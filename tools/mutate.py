#!/usr/bin/env python3
"""How much a green run is worth: mutants by machine, and which are killed.

    mutate.py [--subsys "mm ipc"] [--count 40] [--seed 1] [--seconds 20]
              [--again 1] [--names "NAME..."] [--tests "abi/x stress/y"]
             [--jobs 2] [--hosts FILE]
    mutate.py --table | --keep | --check

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
for the time; --tests names others.  build/mutate/patches has each as a patch that
PATCHES= takes, build/mutate/results.jsonl what became of it.

A mutant that stands there, or in mutation/verdicts.tsv, is not run again while its
function is what it was; but with --again one that lives: when there are new
tests, or for a longer time.  Those of --names are run whatever is known.

--table prints what is known, --keep writes it into mutation/verdicts.tsv and the
documents, without what holds no more; --check compares these.  They run nothing.

mutation/explained.txt says of mutants that live why no test can kill them.
"""
import argparse
import collections
import dataclasses
import itertools
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import guest
import mutagen
import mutants
import verdicts

OUT = guest.BUILD / "mutate"
PATCHES = OUT / "patches"
RESULTS = OUT / "results.jsonl"
COVERAGE = guest.BUILD / "coverage"
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
            return verdicts.on(mutant, "no kernel")
        if wrong == self.right(mutant):
            return verdicts.on(mutant, "equivalent")
        said = self.by_lint(mutant)
        return verdicts.on(mutant, "lint", by=said) if said else None


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
    """Who executes a line, from `make coverage`; or who is @given for all of them."""

    def __init__(self, given=()):
        self.given = given
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
        if self.given:
            abi, stress = ([test for test in self.given if test.startswith(folder)]
                           for folder in ("abi/", "stress/"))
            return Choice(abi, stress, PATIENCE)
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
    """The last word on each, kept or of this machine."""
    return verdicts.holding(itertools.chain(verdicts.kept(), verdicts.of_runs(RESULTS)))


def note(verdict):
    with open(RESULTS, "a") as file:
        file.write(json.dumps(dataclasses.asdict(verdict)) + "\n")
    print(f"# {verdict.name:<18} {verdict.verdict:<10} {verdict.seconds:>6.1f} s  "
          f"{verdict.file} {verdict.function}()  {verdict.by[:70]}", flush=True)


def folder_of(name):
    return guest.BUILD / f"lab+{name}"


def built(chosen, sieve, reach, jobs):
    """Of each that has to be run, the job; of the others the verdict is noted at once.
    @jobs is what the engine runs meanwhile, by name."""
    for mutant in chosen:
        choice = reach.chosen(mutant)
        write_patch(mutant, choice)
        verdict = sieve.sift(mutant)
        if not verdict and reach.files and not choice.abi + choice.stress:
            verdict = verdicts.on(mutant, "unreached")
        if not verdict and guest.build(f"variant/{mutant.name}"):
            verdict = verdicts.on(mutant, "no kernel")
        if verdict:
            note(verdict)
            continue
        jobs[mutant.name] = mutant, str(choice)
        yield mutant.name, "own", SEED


def judge(result, mutant, tests):
    """A test that fails on the right kernel, too, has said nothing of the mutant."""
    if result.why not in ("", "survived"):
        print(f"# {mutant.name:<18} not judged: {result.why}", flush=True)
        return
    verdict = "alive" if result.why else "killed"
    note(verdicts.on(mutant, verdict, by=result.by, seconds=result.seconds, tests=tests))


def run_all(chosen, args):
    jobs = {}
    command = mutants.engine_command(args.jobs, args.hosts, str(PATCHES.relative_to(guest.ROOT)),
                                     args.seconds)
    with tempfile.TemporaryDirectory() as name:
        sieve = Sieve(pathlib.Path(name))
        for result in mutants.results_of(built(chosen, sieve, Reach(args.tests.split()), jobs), command):
            judge(result, *jobs[result.name])
            shutil.rmtree(folder_of(result.name), ignore_errors=True)


def selected(everything, args):
    """Those that are to be run."""
    if args.names:
        return [mutant for mutant in everything if mutant.name in args.names.split()]
    chosen = mutagen.sampled(everything, args.seed)[:args.count]
    settled = {name for name, v in known().items() if not args.again or not v.lives}
    print(f"{len(everything)} mutants could be made, seed {args.seed} chose {len(chosen)}",
          flush=True)
    return [mutant for mutant in chosen if mutant.name not in settled]


def keep():
    """What holds is kept; what does not is gone."""
    verdicts.write(known().values())
    for path, text in verdicts.documents(verdicts.kept()).items():
        path.write_text(text)


def print_table(folders):
    all_kept, holding = verdicts.kept(), known()
    verdicts.report(verdicts.group(holding.values(), folders))
    stale = [verdict for verdict in all_kept if verdict.name not in holding]
    new = set(holding) - {verdict.name for verdict in all_kept}
    for many, what in ((len(stale), "kept verdicts are of functions that have changed since: "
                                    "not counted"),
                       (len(new), "are not kept yet: make mutate-keep")):
        if many:
            print(f"{many} {what}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subsys", default=" ".join(mutagen.CORE))
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--hosts", default="")
    parser.add_argument("--again", type=int, default=0)
    parser.add_argument("--names", default="")
    parser.add_argument("--tests", default="")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()

    os.environ["PATCHES"] = str(PATCHES.relative_to(guest.ROOT))
    folders = args.subsys.split()
    if args.check:
        sys.exit("\n".join(verdicts.problems()) or 0)
    if args.keep:
        keep()
    elif args.table:
        print_table(folders)
    else:
        OUT.mkdir(parents=True, exist_ok=True)
        chosen = selected(list(mutagen.all_of(folders)), args)
        run_all(chosen, args)
        verdicts.report([known()[m.name] for m in chosen if m.name in known()])


if __name__ == "__main__":
    main()
