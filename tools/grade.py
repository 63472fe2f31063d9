#!/usr/bin/env python3
"""Grade a lab (docs/labs.md).

    grade.py [LAB]                      the kernel of this tree
    grade.py LAB --submission PATH      what a student has given: a folder or a
                                        tar; only the files that the lab names
                                        are read, and nothing of it is run here
    grade.py LAB --class FOLDER         each folder and tar there: a table as
                                        build/grades/LAB.csv and LAB.html;
                                        with --hosts FILE (ssh logins, one a
                                        line) on other machines too, each with
                                        this tree, built, at the same path

That it is right is what tools/labtest.py looks at.

--json and --junit write the result as Gradescope and as CI servers read it.

Each run is a seeded one (docs/seeded.md), so points do not depend on the host.
What ends a run that hangs is the machine's own time, too; processor time, far
more than any run takes, ends a machine whose clock interrupts nobody any more.
The status is 0 when there are all points.
"""
import argparse
import concurrent.futures
import csv
import dataclasses
import difflib
import functools
import hashlib
import html
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import xml.etree.ElementTree as xml

import chaos
import given
import guest
import labs
import models
import races
import tour
import variant

CPU_SECONDS = 120       # of QEMU; a run takes one or two, and some twenty if it has no end
ONE_AT_A_TIME = threading.Lock()    # a build, a search
JOBS = os.cpu_count()   # runs at a time
VARIANT = 1             # which bugs are planted
COMPILER_LIMITS = ("--cpu=300", f"--fsize={256 << 20}", f"--as={4 << 30}")   # one file takes seconds
HUNT_SEEDS = (1, 2)
ENDED_BY_HOST = (*guest.TIMED_OUT, 128 + signal.SIGXCPU)
# As mk/image.mk compiles a test, but that a warning is none of a grader's business.
GUEST_CC = ("riscv64-linux-gnu-gcc", "-std=gnu11", "-O2", "-pthread", "-w", "-I", "tests", "-I", "user",
            "-static")
WORK = guest.BUILD / "grades"
REPORT_LINES = 60
INVARIANT_NAME = re.compile(r"I\d+")
HOST_CODE = re.compile(r"\bc_(code|decl|expr|state|track)\b|^\s*#\s*include", re.M)
INVARIANT = re.compile(r"^\| (I\d+) \| (.*) \|$", re.M)


@dataclasses.dataclass
class Outcome:
    name: str
    points: int
    most: int
    asks: str
    said: str = ""          # by the oracle
    invariant: str = ""     # the one that the check is about
    replay: str = ""        # the command that shows it
    report: str = ""        # the end of the console, with the columns
    hashes: list = dataclasses.field(default_factory=list)     # of its runs: equal hashes, equal runs


@dataclasses.dataclass
class Grade:
    who: str
    lab: str
    outcomes: list
    said: str = ""          # why nothing was run

    @property
    def points(self):
        return sum(outcome.points for outcome in self.outcomes)

    @property
    def most(self):
        return sum(outcome.most for outcome in self.outcomes)

    @property
    def lost(self):
        return [outcome.name for outcome in self.outcomes if outcome.points < outcome.most]


# ---- what was given ----

def diff_of(files):
    """Against the right kernel, as a patch of one's own (tools/races.py)."""
    lines = []
    for name, text in files.items():
        right = (guest.ROOT / name).read_text()
        if not text.endswith("\n"):
            text += "\n"
        lines += difflib.unified_diff(right.splitlines(True), text.splitlines(True),
                                      f"a/{name}", f"b/{name}")
    return "".join(lines)


# ---- a kernel of it ----

def variant_name(text):
    """One word; of different texts different ones."""
    word = re.sub(r"[^a-zA-Z0-9_-]", "_", text)
    return f"lab-{word}" if word == text else f"lab-{word}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


@dataclasses.dataclass
class Subject:
    """What is graded: a kernel, and the files that are not a part of it."""
    kernel: str = ""                # a variant; "": the one of this tree
    sources: pathlib.Path = None    # files that differ from this tree's

    def path(self, name):
        changed = self.sources / name if self.sources else None
        return changed if changed and changed.exists() else guest.ROOT / name


def build_tests(folder):
    """Programs of the guest that were given; what the compiler says, if it is none."""
    shutil.rmtree(folder / "root", ignore_errors=True)
    for source in (folder / "src").glob("tests/*/*.c"):
        program = folder / "root" / source.relative_to(folder / "src").with_suffix("")
        program.parent.mkdir(parents=True)
        done = subprocess.run(["prlimit", *COMPILER_LIMITS, *GUEST_CC, "-I", str(guest.ROOT / source.relative_to(folder / "src").parent),
                               "-o", str(program), str(source)], cwd=guest.ROOT, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            return done.stdout
    return ""


def subject_of(name, diff):
    """(subject, what the compiler says if it is no kernel)"""
    folder = WORK / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.patch").write_text(diff)
    os.environ["PATCHES"] = str(folder)
    texts = variant.patched(races.find_all(name))
    variant.write_overlay(texts, folder / "src")
    said = build_tests(folder)
    if said or not any(file.startswith("kernel/") for file in texts):
        return Subject("", folder / "src"), said
    return Subject(name, folder / "src"), guest.build(f"variant/{name}", limits=COMPILER_LIMITS)


# ---- one check ----

def pack_own(check, root):
    """As tools/chaos.py does."""
    image = root.parent / f"{check.program}.cpio"
    for name in check.image:
        if not (root / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(guest.BUILD / "root" / name, root / name)
    subprocess.run([guest.ROOT / "tools/make-image.py", image, "--root", root, "--skeleton",
                    guest.ROOT / "user/skel", *check.image], check=True)
    return str(image)


def pack(check, subject=None):
    """The image; with the test that was given, if one was."""
    if not check.image:
        return ""
    own = subject and subject.sources and subject.sources.parent / "root"
    if own and own.exists():
        return pack_own(check, own)
    name = check.program if check.kind == "seeded" else f"{check.kind}-{check.program}"
    return chaos.pack_programs(name, check.image)


def words_of(check, seed):
    rounds = f"-n {check.rounds} -s {seed}"
    return {"abi": f"abi {check.program}", "seeded": f"stress {rounds} {check.program}",
            "count": f"/bin/counters -a -- /tests/stress/{check.program} {rounds}"}[check.kind]


def machine(check, seed, subject):
    points = check.more if check.kind == "seeded" and check.more else "noise"
    first = "" if check.kind == "count" else "init=/bin/run-tests "
    return guest.Machine(
        seeded=True, kernel=guest.kernel(variant=subject.kernel), mem="64M",
        initrd=pack(check, subject),
        cmd=words_of(check, seed),
        append=first + chaos.schedule(seed, points, check.rounds))


def run(check, seed, subject):
    command = ["prlimit", f"--cpu={CPU_SECONDS}", *machine(check, seed, subject).limited(guest.PATIENCE)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return chaos.Result(seed, check.program, done.returncode, guest.lines_of(done.stdout))


def replay_command(check, seed, variant):
    if check.kind == "abi":
        words = [f'make qemu CMD="/tests/abi/{check.program}"']
    else:
        words = [f"make replay SEED={seed} TEST={check.program}"]
        words += [f"ROUNDS={check.rounds}"] if check.rounds != 1 else []
        words += [f"POINTS={check.more}"] if check.kind == "seeded" and check.more else []
    words += [f"BUG={variant}"] if variant else []
    if (WORK / variant / f"{variant}.patch").exists():
        words.append(f"PATCHES=build/grades/{variant}")
    return " ".join(words)


def invariant_text(name):
    return dict(INVARIANT.findall((guest.ROOT / "races/README.md").read_text())).get(name, "")


def said_by(result):
    if result.status < 0 or result.status in ENDED_BY_HOST:
        return "no end, and its clock interrupts nobody any more"
    lines = re.findall(r"^# .*", result.output, re.M)
    found = chaos.SAYS.search(result.output)
    told = next((line[2:] for line in lines if line[2:].strip()), "")
    return " · ".join(text for text in (found[0] if found else f"status {result.status}", told)
                      if text)


def out_of_bound(check, result):
    """What the counter says, if it is not what the check allows."""
    if check.kind != "count":
        return ""
    name, relation, bound = labs.BOUND.fullmatch(check.more).groups()
    found = re.search(rf"^{name} +(\d+)", result.output, re.M)
    number = int(found[1]) if found else 0
    good = number <= int(bound) if relation == "<=" else number >= int(bound)
    return "" if good else f"{name} is {number}; asked is {relation} {bound}"


def failed(outcome, check, said, replay, report=""):
    outcome.points, outcome.said, outcome.replay, outcome.report = 0, said, replay, report
    outcome.invariant = f"{check.invariant}: {invariant_text(check.invariant)}" \
        if INVARIANT_NAME.fullmatch(check.invariant) else ""


def judge_runs(check, outcome, subject):
    """The first seed that fails decides."""
    for seed in check.seeds:
        result = run(check, seed, subject)
        outcome.hashes.append(result.hash)
        said = said_by(result) if result.failed else out_of_bound(check, result)
        if said:
            failed(outcome, check, said, replay_command(check, seed, subject.kernel), "\n".join(
                chaos.after_firmware(result.output).splitlines()[-REPORT_LINES:]))
            return


def judge_quiz(lab, check, outcome, subject):
    text = subject.path(lab.answers).read_text()
    given = answer_in(text, check.program)
    if not given:
        failed(outcome, check, f"{lab.answers} has no answer after {check.program}:", "")
    elif labs.quiz_hash(lab.name, check.program, given) not in check.more.split(","):
        failed(outcome, check, f"{check.program}: {given}: no", "")


def answer_in(text, key):
    found = re.search(rf"^{re.escape(key)}: *(\S.*)$", text, re.M)
    return found[1].strip() if found else ""


@functools.cache
def toured(seed):
    with ONE_AT_A_TIME:
        return tour.answers(seed)


def judge_tour(lab, check, outcome, subject):
    text = subject.path(lab.answers).read_text()
    seed, given = answer_in(text, "seed"), answer_in(text, check.program)
    if not re.fullmatch(r"\d{1,6}", seed):
        failed(outcome, check, f"{lab.answers} has no number after seed:", "")
    elif not re.fullmatch(r"0x[0-9a-f]+|\d+", given.lower()):
        failed(outcome, check, f"{lab.answers} has no number after {check.program}:", "")
    elif int(given, 0) != toured(int(seed)).get(check.program):
        failed(outcome, check, f"{check.program}: {given}: not in the run of seed {seed}", "")


def judge_model(lab, check, outcome, subject):
    """In a folder of its own, for what was given stands beside what was not."""
    WORK.mkdir(parents=True, exist_ok=True)
    with ONE_AT_A_TIME, tempfile.TemporaryDirectory(dir=WORK) as name:
        search_model(lab, check, outcome, subject, pathlib.Path(name) / "models")


def search_model(lab, check, outcome, subject, folder):
    shutil.copytree(guest.ROOT / "models", folder)
    for name in lab.files:
        if name.startswith("models/"):
            text = subject.path(name).read_text()
            if HOST_CODE.search(text):
                failed(outcome, check, f"{name}: a model has no C and includes nothing", "")
                return
            (folder / pathlib.Path(name).name).write_text(text)
    models.MODELS, models.Variant.work = folder, folder / "build"
    for search in models.variants_of(check.program, quick=True):
        good, line, said = search.check()
        if not good:
            failed(outcome, check, f"{search}: {line}",
                   f"make models MODEL={check.program}" +
                   (f" BUG={search.bug}" if search.bug else ""), said)
            return


def judge_hunt(lab, check, outcome, subject):
    """The test fails on a kernel with this bug, under one of the seeds of its own."""
    name, patch = labs.planted(lab, VARIANT)[int(check.more) - 1]
    with ONE_AT_A_TIME:
        bug, said = (Subject(name), guest.build(f"variant/{name}")) \
            if patch.name == "bug.patch" else subject_of(f"planted-{name}", patch.read_text())
    if said:
        sys.exit(f"{name}: no kernel\n{said}")
    test = dataclasses.replace(check, kind="seeded", more="")
    seen = Subject(bug.kernel, subject.sources)
    if not any(run(test, seed, seen).failed for seed in HUNT_SEEDS):
        failed(outcome, check, "the test passes on a kernel with this bug", "")


def judge(lab, check, subject):
    outcome = Outcome(check.name, check.points, check.points, check.asks)
    if check.kind == "quiz":
        judge_quiz(lab, check, outcome, subject)
    elif check.kind == "model":
        judge_model(lab, check, outcome, subject)
    elif check.kind == "run":
        judge_tour(lab, check, outcome, subject)
    elif check.kind == "hunt":
        judge_hunt(lab, check, outcome, subject)
    else:
        judge_runs(check, outcome, subject)
    return outcome


def judge_all(lab, subject, jobs):
    """In the order of the table; what stands after another check is not run where that failed."""
    done = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for wave in ([c for c in lab.checks if not c.after], [c for c in lab.checks if c.after]):
            ready = [c for c in wave if not c.after or done[c.after].points]
            done |= zip((c.name for c in ready),
                        pool.map(lambda check: judge(lab, check, subject), ready))
    return [done.get(c.name) or Outcome(c.name, 0, c.points, c.asks, f"not looked at before {c.after} holds")
            for c in lab.checks]


# ---- a grade ----

def nothing(lab, who, said):
    """Not one point, and why."""
    return Grade(who, lab.name, [Outcome(check.name, 0, check.points, check.asks)
                                 for check in lab.checks], said)


def grade_subject(lab, who, subject):
    return Grade(who, lab.name, judge_all(lab, subject, JOBS))


def grade_diff(lab, who, diff):
    if not diff:
        return grade_subject(lab, who, Subject())
    subject, said = subject_of(variant_name(who), diff)
    if said:
        return nothing(lab, who, f"it does not compile:\n{given.refuse_shown(said)}")
    return grade_subject(lab, who, subject)


def grade_submission(lab, path):
    who = given.who_of(path)
    try:
        return grade_diff(lab, who, diff_of(given.files(lab, path)))
    except given.Refused as why_not:
        return nothing(lab, who, f"not graded: {why_not}")


# ---- how it is told ----

def lines_of(grade):
    yield f"{grade.who}: lab {grade.lab}, {grade.points} of {grade.most} points"
    if grade.said:
        yield grade.said
    for o in grade.outcomes:
        yield f"  {o.points:>3} of {o.most:<3} {o.name:<14} {o.asks}"
        for label, text in (("said", o.said), ("about", o.invariant), ("again", o.replay)):
            if text:
                yield f"      {label:<8} {text}"


def reports_of(grade):
    for o in grade.outcomes:
        if o.report:
            yield f"\n---- {o.name} ----\n{o.report}"


def why(o):
    return "\n".join(text for text in (o.said, o.invariant, o.replay, o.report) if text)


def gradescope(grade):
    return {"score": grade.points, "output": grade.said, "visibility": "visible",
            "tests": [{"name": o.name, "score": o.points, "max_score": o.most,
                       "output": f"{o.asks}\n{why(o)}".strip()} for o in grade.outcomes]}


def printable(text):
    """XML has no place for most control characters."""
    return re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd]", "?", text)


def junit(grade):
    suite = xml.Element("testsuite", name=f"lab {grade.lab}", tests=str(len(grade.outcomes)),
                        failures=str(len(grade.lost)))
    for o in grade.outcomes:
        case = xml.SubElement(suite, "testcase", classname=f"lab.{grade.lab}", name=o.name)
        if o.points < o.most:
            failure = xml.SubElement(case, "failure", message=printable(o.said or grade.said))
            failure.text = printable(why(o))
    return xml.tostring(suite, encoding="unicode", xml_declaration=True)


def write_files(grade, args):
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(gradescope(grade), indent=1) + "\n")
    if args.junit:
        pathlib.Path(args.junit).write_text(junit(grade) + "\n")


# ---- a class ----

def engine_command(lab, jobs, hosts):
    """Submissions are sent where they are graded, and taken away there again."""
    command = ["parallel", "--will-cite", "--keep-order", "--jobs", str(jobs)]
    if hosts:
        command += ["--sshloginfile", str(pathlib.Path(hosts).resolve()), "--workdir", str(guest.ROOT),
                    "--transferfile", "{}", "--cleanup"]
    return [*command, "tools/grade.py", lab.name, "--jobs", "1", "--variant", str(VARIANT),
            "--as-data", "--submission", "{}"]


def grade_class(lab, folder, jobs, hosts):
    """By GNU parallel, a process each; builds take their turn by the lock of the tree."""
    paths = given.submissions(folder)
    command = [*engine_command(lab, jobs, hosts), ":::", *(str(path.resolve()) for path in paths)]
    if not paths:
        return []
    done = subprocess.run(command, cwd=guest.ROOT, text=True, stdout=subprocess.PIPE)
    rows = {row["who"]: row for row in map(json.loads, done.stdout.splitlines())}
    return [grade_of(lab, given.who_of(path), rows) for path in paths]


def grade_of(lab, who, rows):
    """A submission on which the grader itself has failed has a row, too."""
    row = rows.get(who)
    if row is None:
        return nothing(lab, who, "not graded: the grader itself failed; it said why above")
    return Grade(row["who"], row["lab"], [Outcome(**o) for o in row["outcomes"]], row["said"])


def write_csv(lab, grades, path):
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["who", *(check.name for check in lab.checks), "points", "of"])
        for grade in grades:
            rows.writerow([grade.who, *(o.points for o in grade.outcomes), grade.points,
                           grade.most])


PAGE = """<!doctype html><meta charset="utf-8"><title>lab {lab}</title>
<style>body{{font:15px/1.4 sans-serif;margin:2em}}td,th{{padding:.2em .6em;text-align:right;
border-bottom:1px solid #ccc}}td:first-child,th:first-child{{text-align:left}}
pre{{overflow:auto;background:#f4f4f4;padding:.6em}}</style>
<h1>{title}</h1><table><tr><th>who{heads}<th>of {most}</tr>
{rows}</table>
{details}
"""


def details_of(grade):
    body = "\n".join([*lines_of(grade), *reports_of(grade)])
    return (f"<details><summary>{html.escape(grade.who)}</summary>"
            f"<pre>{html.escape(body)}</pre></details>")


def write_html(lab, grades, path):
    rows = "\n".join("<tr><td>" + html.escape(grade.who) +
                     "".join(f"<td>{o.points}" for o in grade.outcomes) +
                     f"<td><b>{grade.points}</b></tr>" for grade in grades)
    path.write_text(PAGE.format(
        lab=lab.name, title=html.escape(lab.title), most=lab.points, rows=rows,
        heads="".join(f"<th>{html.escape(check.name)}" for check in lab.checks),
        details="\n".join(map(details_of, grades))))


def tell_class(lab, grades):
    WORK.mkdir(parents=True, exist_ok=True)
    write_csv(lab, grades, WORK / f"{lab.name}.csv")
    write_html(lab, grades, WORK / f"{lab.name}.html")
    for grade in grades:
        print(f"{grade.who:<24} {grade.points:>4} of {grade.most}  "
              f"{grade.said.partition(chr(10))[0] or ' '.join(grade.lost)}")
    print(f"{len(grades)} submissions: build/grades/{lab.name}.html and .csv")


# ---- the way in ----

def prepare(lab):
    """Images, made before anybody needs two at a time."""
    for check in lab.checks:
        pack(check)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lab", nargs="?", default="")
    for name in ("submission", "class", "hosts", "json", "junit"):
        parser.add_argument("--" + name, default="")
    parser.add_argument("--as-data", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--variant", type=int, default=1)
    args = parser.parse_args()

    global JOBS, VARIANT
    JOBS, VARIANT = args.jobs, args.variant
    lab = labs.find(args.lab)
    prepare(lab)
    if getattr(args, "class"):
        tell_class(lab, grade_class(lab, pathlib.Path(getattr(args, "class")), args.jobs,
                                    args.hosts))
        return
    grade = grade_submission(lab, pathlib.Path(args.submission)) if args.submission else \
        grade_subject(lab, "this tree", Subject())
    if args.as_data:
        print(json.dumps(dataclasses.asdict(grade)))
        return
    print(*lines_of(grade), *reports_of(grade), sep="\n")
    write_files(grade, args)
    sys.exit(grade.points < grade.most)


if __name__ == "__main__":
    main()
