#!/usr/bin/env python3
"""Every bug is caught, and the right kernel passes the same choreographies.

    mutants.py [--seeds "1 2 3"] [--jobs 2] [--hosts FILE] [--bugs-only] [NAME...]
    mutants.py --patches FOLDER [...] [NAME...]

For each bug that shows at run time and each seed the kernel that has it is
booted, under its choreography and, where noise alone should do, under noise.
It is caught when the tests fail (or the kernel panics) and say what the oracle
in the head of its patch says; that may happen before the choreography has
reached its window, which is counted all the same.  What a bug destroys may show
in more ways than an oracle knows: a machine that fails in another way is told,
and another one has its turn; none may survive.  The right kernel then runs the
same tests with the same choreographies, and has to pass and to reach every
window.

With --bugs-only that last part is left out.

With --patches the bugs are the *.patch of a folder, and are built here.  Where
the head of one names Abi or Tests, these programs of tests/abi are run once and
then these of tests/stress for a while, under noise and by turns with the
choreographies that are for them, else all of both, in one boot of an image that
has no others; where it names an Oracle, that has to speak, else any failure will
do.

The output is TAP, a line for each boot, and the matrix at the end.  GNU
parallel runs the boots, with --hosts on other machines too (ssh logins, one a
line, as its --sshloginfile wants them; QEMU, Python and rsync have to be there).
"""
import argparse
import dataclasses
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import arguments
import cpio
import guest
import races

CATCH_SECONDS = 600         # in the guest, at most, for a bug
PATIENT = 120               # seconds of silence of a test, as tests/tap.h has them
MACHINES = 3                # at most, for the oracle to speak on one of them
SEEDS_APART = 1000          # those of one machine and of the next
SPEECHLESS = 60             # more, of the machine: run-tests would have spoken
RIGHT_SECONDS = 8           # in the guest, for one test of the right kernel
HOST_FACTOR = 4             # a busy host is slower than the guest's clock
PATIENCE = 240              # more, before it is said to hang
RIGHT = "right"             # the job that has no bug
REMOTE_FOLDER = "drover-mutants"      # in the home of each login
OWN = "build/patches"       # those of --patches, here and on other machines
SAYS = re.compile(r"PANIC on .*|^not ok .*|^Bail out!.*", re.M)
WINDOW = re.compile(r"window of (\w+): .* (\d+)$", re.M)
# What run-tests says of a program that has failed.
PROGRAM = re.compile(r"(?P<test>\w+)(?P<stress> seed (?P<seed>\d+)[^:]*)?: ")


@dataclasses.dataclass
class Result:
    name: str               # of the bug; of the test on the right kernel
    mode: str               # script, noise, own, right
    seed: int
    good: bool
    seconds: float
    by: str = ""            # what the oracle saw
    windows: int = -1       # times its window was reached; -1: it has none
    why: str = ""           # what is wrong
    console: str = ""
    others: tuple = ()      # in which other ways machines before had failed


def image_with(chosen, folder):
    """Of the tests only the @chosen: a small image is booted in a fraction of the time."""
    image = pathlib.Path(folder, "image")
    image.write_bytes(cpio.without(
        pathlib.Path(guest.Machine.initrd).read_bytes(),
        lambda path: re.match("(tests|bench)/.*/?", path) and chosen and path not in chosen))
    return str(image)


def stress_programs(tests):
    return {f"tests/stress/{test}" for test in tests.split()}


def boot(command, append, seconds, programs, variant=""):
    with tempfile.TemporaryDirectory() as folder:
        machine = guest.Machine(kernel=guest.kernel(variant=variant), append=append, cmd=command,
                                initrd=image_with(programs, folder))
        begin = time.monotonic()
        status, output = guest.run(machine, seconds * HOST_FACTOR + PATIENCE)
        return status, output, time.monotonic() - begin


def windows_reached(bug, output):
    hits = [int(n) for name, n in WINDOW.findall(output) if name == bug.name]
    return min(hits, default=0) if bug.steps else -1


def line_with(found, output):
    """The line of the match, without the marks before it."""
    line = output[output.rfind("\n", 0, found.start()) + 1:].split("\n")[0]
    return re.sub(r"^(\[[ .\d]+\]|#|not ok \d+ -|\s)*", "", line)


def own_command(bug, seed, limit):
    """What names no tests is for all."""
    runs = []
    if bug.abi or not bug.tests:
        runs.append(f"/bin/run-tests -1 abi {bug.abi}")
    if bug.tests or not bug.abi:
        runs.append(f"/bin/run-tests stress -1 -c -d {limit} -s {seed} {bug.tests}")
    patience = f"export TAP_TIMEOUT={bug.patience or PATIENT}; "
    return f"/bin/sh -c '{patience}{' && '.join(runs)}'"


def run_own(bug, seed, limit, variant):
    """As boot().  A guest that says nothing any more hangs."""
    programs = {f"tests/abi/{test}" for test in bug.abi.split()} | stress_programs(bug.tests)
    with tempfile.TemporaryDirectory() as folder:
        machine = guest.Machine(kernel=guest.kernel(variant=variant),
                                initrd=image_with(programs, folder),
                                append=f"seed={seed} points=noise",
                                cmd=own_command(bug, seed, limit))
        return guest.run_while_it_speaks(machine, int(bug.patience or PATIENT) + SPEECHLESS)


def run_until_caught(bug, mode, seed, limit):
    """As boot()."""
    if bug.is_own:
        return run_own(bug, seed, limit, bug.name)
    append = f"seed={seed}" + ("" if mode == "script" else " points=noise")
    return boot(f"/bin/run-tests stress -1 -d {limit} -s {seed} {bug.tests}", append, limit,
                stress_programs(bug.tests), bug.name)


def right_fails_too(bug, said, limit):
    """The program that has failed fails on the right kernel as well."""
    found = PROGRAM.match(said)
    if not found:
        return False
    one = dataclasses.replace(bug, abi="" if found["stress"] else found["test"],
                              tests=found["test"] if found["stress"] else "")
    status, _, _ = run_own(one, int(found["seed"] or 1), limit, variant="")
    return status != 0


def judge(bug, mode, seed, limit):
    """One machine; whether the next may have its turn."""
    status, output, seconds = run_until_caught(bug, mode, seed, limit)
    said = re.search(bug.oracle, output) if bug.oracle else SAYS.search(output)
    result = Result(bug.name, mode, seed, True, round(seconds, 1))
    is_other = False
    if mode == "script":
        result.windows = windows_reached(bug, output)
    if status == 0:
        result.why = "survived"
    elif not bug.oracle:
        result.by = line_with(said, output) if said else f"status {status}"
        if right_fails_too(bug, result.by, limit):
            result.why = f"the right kernel fails as well: {result.by}"
    elif status in guest.TIMED_OUT:
        result.why = "hung, and no oracle spoke"
    elif not said:
        is_other = True
        other = SAYS.search(output)
        result.why = line_with(other, output) if other else f"status {status}"
    else:
        result.by = line_with(said, output)
    result.good = not result.why
    result.console = "" if result.good else output[-3000:]
    return result, is_other


def run_bug(name, mode, seed, limit=CATCH_SECONDS):
    bug = races.find(name)
    others = []
    while True:
        result, is_other = judge(bug, mode, seed + len(others) * SEEDS_APART, limit)
        if not is_other or len(others) == MACHINES - 1:
            break
        others.append(result.why)
    if is_other:
        result.why = f"failed, but not by its oracle ({bug.oracle}): {result.why}"
    result.others = tuple(others)
    return result


def run_right(test, seed):
    status, output, seconds = boot(
        f"/bin/run-tests stress -d {RIGHT_SECONDS} -s {seed} {test}", f"seed={seed}",
        RIGHT_SECONDS, stress_programs(test))
    why = "" if status == 0 else f"the right kernel fails, status {status}"
    return Result(test, RIGHT, seed, status == 0, round(seconds, 1), why=why,
                  console="" if status == 0 else output[-3000:])


# ---- patches of one's own ----

def take_own(folder):
    """The patches as jobs find them, whatever becomes of @folder meanwhile."""
    copies = guest.ROOT / OWN
    shutil.rmtree(copies, ignore_errors=True)
    copies.mkdir(parents=True)
    for patch in pathlib.Path(folder).glob("*.patch"):
        shutil.copy(patch, copies)
    os.environ["PATCHES"] = OWN
    return races.read_own()


def unbuilt(table):
    """A result for each bug that is no kernel."""
    for bug in table:
        said = guest.build(f"variant/{bug.name}")
        print(f"# {'no kernel' if said else 'built'}: {bug.name}", flush=True)
        if said:
            yield Result(bug.name, "own", 0, False, 0, why="no kernel", console=said)


# ---- all of them ----

def jobs_of(table, seeds, with_right):
    for seed in seeds:
        for bug in table:
            yield bug.name, "own" if bug.is_own else "script", seed
            if bug.seen == "noise":
                yield bug.name, "noise", seed
        tests = {test for bug in table for test in bug.tests.split()} if with_right else ()
        for test in sorted(tests):
            yield test, RIGHT, seed


def files_elsewhere():
    """What another machine needs, beside a kernel: our own modules, whichever they are."""
    tools = guest.ROOT / "tools"
    loaded = {pathlib.Path(getattr(module, "__file__", None) or "/").resolve()
              for module in list(sys.modules.values())}
    modules = sorted(path.relative_to(guest.ROOT) for path in loaded if path.parent == tools)
    return ["build/initramfs.cpio", "races", "tools/mutants.py", *map(str, modules)]


def engine_command(jobs, hosts, own="", limit=CATCH_SECONDS):
    """@own: the folder of patches that are not of the catalogue."""
    command = ["parallel", "--will-cite", "--colsep", " ", "--jobs", str(jobs), "--line-buffer"]
    if hosts:
        command += ["--sshloginfile", hosts, "--workdir", REMOTE_FOLDER, "--cleanup"]
        command += ["--transferfile", "{4}"]
        for file in dict.fromkeys([*files_elsewhere(), *([own] if own else [])]):
            command += ["--basefile", file]
    patches = f"PATCHES={own} " if own else ""
    return [*command, f"{patches}python3 tools/mutants.py --seconds {limit} "
                      "--job {1} {2} {3}"]


def kernel_of(name, mode):
    path = guest.kernel(variant="" if mode == RIGHT else name)
    return pathlib.Path(path).relative_to(guest.ROOT)


def feed(engine, jobs):
    for name, mode, seed in jobs:
        engine.stdin.write(f"{name} {mode} {seed} {kernel_of(name, mode)}\n")
        engine.stdin.flush()
    engine.stdin.close()


def results_of(jobs, command):
    """In the order in which they end; jobs may take their time to come."""
    with subprocess.Popen(command, cwd=guest.ROOT, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as engine:
        threading.Thread(target=feed, args=(engine, jobs), daemon=True).start()
        for line in engine.stdout:
            yield Result(**json.loads(line))


def print_tap(number, result):
    what = {RIGHT: "passes", "own": "is caught"}.get(result.mode, f"is caught, {result.mode}")
    print(f"{'ok' if result.good else 'not ok'} {number} - {result.name} {what}, "
          f"seed {result.seed}, {result.seconds} s{': ' if result.why else ''}{result.why}",
          flush=True)
    for other in result.others:
        print(f"#   another machine failed, but not by the oracle: {other}", flush=True)
    if not result.good:
        print(*("#   " + line for line in result.console.splitlines()), sep="\n", flush=True)


def cell(results, mode):
    """Worst of the seeds: seconds, and how often the window was reached."""
    mine = [result for result in results if result.mode == mode]
    if not mine:
        return "-", "-"
    bad = [result for result in mine if not result.good]
    if bad:
        return "SURVIVED" if bad[0].why == "survived" else "FAILED", "-"
    reached = min(result.windows for result in mine)
    return f"{max(result.seconds for result in mine):.1f}", "-" if reached < 0 else str(reached)


def print_matrix(table, results):
    print(f"#\n# {'bug':<24} {'tests':<22} {'script s':>8} {'window':>7} {'noise s':>8}  "
          "what the oracle said")
    for bug in table:
        mine = [result for result in results if result.name == bug.name]
        seconds, window = cell(mine, "script")
        said = next((result.by for result in mine if result.by), "")
        print(f"# {bug.name:<24} {bug.tests:<22} {seconds:>8} {window:>7} "
              f"{cell(mine, 'noise')[0]:>8}  {said[:70]}")
    right = [result for result in results if result.mode == RIGHT]
    if right:
        print(f"# right kernel: {sum(result.good for result in right)} of {len(right)} runs pass "
              "with every window reached")


def print_own(table, results):
    """For each patch: caught, and by what, or lived."""
    for bug in table:
        mine = [result for result in results if result.name == bug.name]
        bad = next((result.why for result in mine if not result.good), "")
        said = next((result.by for result in mine if result.by), "")
        verdict = {"": "caught", "survived": "LIVED"}.get(bad, bad.upper())
        print(f"# {bug.name:<24} {verdict:<10} {max(result.seconds for result in mine):>6.1f} s  "
              f"{said[:90]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--hosts", default="")
    parser.add_argument("--patches", default="")
    parser.add_argument("--bugs-only", action="store_true")
    parser.add_argument("--seconds", type=int, default=CATCH_SECONDS)
    parser.add_argument("--job", nargs=3)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()

    if args.job:
        name, mode, seed = args.job
        result = run_right(name, int(seed)) if mode == RIGHT \
            else run_bug(name, mode, int(seed), args.seconds)
        print(json.dumps(dataclasses.asdict(result)), flush=True)
        return
    own = take_own(args.patches) if args.patches else []
    chosen = [races.find(name) for name in args.names] or own or races.read()
    table = [bug for bug in chosen if bug.runs]
    seeds = arguments.numbers(args.seeds)
    failed = list(unbuilt(bug for bug in table if bug.is_own))
    bad = {result.name for result in failed}
    jobs = list(jobs_of([bug for bug in table if bug.name not in bad], seeds,
                        not (args.bugs_only or own)))
    print(f"1..{len(failed) + len(jobs)}", flush=True)
    results = []
    command = engine_command(args.jobs, args.hosts, OWN if own else "")
    for result in itertools.chain(failed, results_of(jobs, command)):
        results.append(result)
        print_tap(len(results), result)
    (print_own if own else print_matrix)(table, results)
    sys.exit(len(results) != len(failed) + len(jobs) or not all(result.good for result in results))


if __name__ == "__main__":
    main()
