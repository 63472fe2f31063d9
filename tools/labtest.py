#!/usr/bin/env python3
"""The grader is graded (make test-labs): of a lab the start gets no point, the
right kernel and each other right answer all of them, and a wrong answer loses
what labs/NAME/wrong/expected says of it, and nothing else.

    labtest.py LAB [--answers "NAME NAME"] [--times N] [--jobs N]   speaks TAP
    labtest.py --table      what was found, into docs/lab-points.md
    labtest.py --check      does each row of that page have the points it should? Says
                            which answers have none

With --times each answer is graded so often, by runs of its own each time, and
has to get the same points whenever it is; it says how many gradings there were,
how many points they gave, and whether the runs were the same, by their hashes.

What was found is kept in build/grades/LAB.json, an entry for each answer.  Its
time is that of processors, since others may be at work on the host.
"""
import argparse
import collections
import dataclasses
import json
import os
import pathlib
import re
import resource
import sys
import tempfile

import grade
import guest
import labs
import races

PAGE = guest.ROOT / "docs/lab-points.md"
ROW = re.compile(r"^\| (\S+) \| (\S+) \| (\d+) \| (.*) \| (\d+) \|$", re.M)


@dataclasses.dataclass
class Answer:
    name: str
    diff: str
    lost: set       # the checks that it loses
    maybe: set      # those that it may lose


def answers(lab):
    everything = {check.name for check in lab.checks}
    yield Answer("right", "", labs.beyond(lab), set())
    for name, patch in labs.others(lab):
        yield Answer(name, patch.read_text(), set(), set())
    yield Answer("start", (lab.folder / "start.patch").read_text(), everything, set())
    for name, patch, lost, maybe in labs.expected(lab):
        yield Answer(name, patch.read_text(), lost, maybe)


# ---- one grading ----

def filled(lab, diff):
    """@diff with the numbers of a run where the answers have none: no other build has them."""
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / lab.answers
        path.parent.mkdir(parents=True)
        path.write_text((guest.ROOT / lab.answers).read_text())
        if diff:
            (path.parent / "diff").write_text(diff)
            labs.patch(pathlib.Path(name), path.parent / "diff")
        text = path.read_text()
    for check in labs.runs(lab):
        number = grade.toured(int(grade.answer_in(text, "seed"))).get(check.program, 0)
        text = re.sub(rf"^{check.program}:$", f"{check.program}: {number:#x}", text, flags=re.M)
    return grade.diff_of({lab.answers: text})


def graded(lab, answer):
    """A race of the catalogue is built under its own name."""
    grade.toured.cache_clear()      # a run of its own, each time
    name, diff = answer.name, answer.diff
    if labs.runs(lab) and name != "start":
        diff = filled(lab, diff)
    if (races.RACES / name / "bug.patch").exists():
        said = guest.build(f"variant/{name}")
        return grade.nothing(lab, name, said) if said else \
            grade.grade_subject(lab, name, grade.Subject(name))
    return grade.grade_diff(lab, name, diff)


def is_good(answer, given):
    lost = set(given.lost)
    return answer.lost <= lost <= answer.lost | answer.maybe and not given.said


# ---- many gradings ----

def seconds_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def many(lab, answer, times):
    """(gradings, seconds of a processor that each took)"""
    begin = seconds_of_children()
    given = [graded(lab, answer) for _ in range(times)]
    return given, (seconds_of_children() - begin) / times


def spread(given):
    """How often there were how many points, and how many different sets of runs gave them."""
    points = collections.Counter((one.points, " ".join(one.lost)) for one in given)
    runs = {json.dumps([o.hashes for o in one.outcomes]) for one in given}
    return points, len(runs)


def spread_line(given):
    points, runs = spread(given)
    told = ", ".join(f"{n} x {number} points" for (number, _), n in points.most_common())
    return f"# {len(given)} gradings: {told}; " + \
        ("each run the same" if runs == 1 else f"{runs} different sets of runs")


def keep(lab, answer, given, seconds):
    path = grade.WORK / f"{lab.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    found = json.loads(path.read_text()) if path.exists() else {}
    found[answer.name] = {"points": given[0].points, "of": given[0].most, "lost": given[0].lost,
                          "seconds": seconds, "times": len(given)}
    path.write_text(json.dumps(found, indent=1) + "\n")


def tell(number, lab, answer, given, good):
    print(f"{'ok' if good else 'not ok'} {number} - {lab.name}: {answer.name} has {given[0].points} of "
          f"{given[0].most}, without: {' '.join(given[0].lost) or '-'}", flush=True)
    if len(given) > 1:
        print(spread_line(given), flush=True)
    shown = [one for one in given if not is_good(answer, one)][:1]
    for text in [line for one in shown for line in grade.lines_of(one)]:
        print(*("# " + line for line in text.splitlines()), sep="\n", flush=True)


def test_lab(lab, names, times):
    wanted = [answer for answer in answers(lab) if not names or answer.name in names]
    if set(names) - {answer.name for answer in wanted}:
        sys.exit(f"ANSWERS={' '.join(names)}: lab {lab.name} has " + " ".join(a.name for a in answers(lab)))
    wrong = 0
    for number, answer in enumerate(wanted, 1):
        given, seconds = many(lab, answer, times)
        good = all(is_good(answer, one) for one in given) and len(spread(given)[0]) == 1
        wrong += not good
        tell(number, lab, answer, given, good)
        if good:
            keep(lab, answer, given, seconds)
    print(f"1..{len(wanted)}")
    return wrong


# ---- the page ----

def rows_of(lab):
    path = grade.WORK / f"{lab.name}.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    for answer in answers(lab):
        one = found.get(answer.name)
        if not one:
            print(f"{lab.name}: {answer.name} was not graded: make test-labs LAB={lab.name}")
            continue
        yield (f"| {lab.name} | {answer.name} | {one['points']} | {', '.join(one['lost']) or '-'} "
               f"| {one['seconds']:.0f} |")


def write_table():
    """Rows of answers that were not graded here stay as they are."""
    before = PAGE.read_text()
    head = before[:before.index("| lab | answer |")]
    new = [row for lab in labs.read() for row in rows_of(lab)]
    fresh = {ROW.match(row).groups()[:2] for row in new}
    old = [found[0] for found in ROW.finditer(before) if found.groups()[:2] not in fresh]
    order = [(lab.name, answer.name) for lab in labs.read() for answer in answers(lab)]
    rows = sorted((row for row in new + old if ROW.match(row).groups()[:2] in order),
                  key=lambda row: order.index(ROW.match(row).groups()[:2]))
    PAGE.write_text(head + "| lab | answer | points | loses | seconds |\n|---|---|---|---|---|\n" +
                    "\n".join(rows) + "\n")
    print(f"{PAGE.relative_to(guest.ROOT)}: {len(rows)} answers")


def check_row(lab, answer, found):
    """What is wrong with the row of this answer, or nothing."""
    points, told = int(found[0]), set() if found[1] == "-" else set(found[1].split(", "))
    if not answer.lost <= told <= answer.lost | answer.maybe:
        return f"it loses {found[1]}, and should lose " + (" ".join(sorted(answer.lost)) or "-")
    most = sum(check.points for check in lab.checks if check.name not in told)
    return f"{points} points, and the checks it has are worth {most}" if points != most else ""


def check_page():
    found = {row.groups()[:2]: row.groups()[2:4] for row in ROW.finditer(PAGE.read_text())}
    known = {(lab.name, answer.name): (lab, answer) for lab in labs.read() for answer in answers(lab)}
    wrong = [f"{' '.join(key)}: {said}" for key, row in found.items()
             if (said := check_row(*known[key], row) if key in known else "no such answer")]
    for lab, name in known.keys() - found.keys():
        print(f"{lab}: {name} has no row: make test-labs LAB={lab}, make labs-table")
    if wrong:
        sys.exit("\n".join([f"{PAGE.relative_to(guest.ROOT)}:", *wrong, "make test-labs, make labs-table"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lab", nargs="?", default="")
    parser.add_argument("--answers", default="")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    if args.table:
        return write_table()
    if args.check:
        return check_page()
    grade.JOBS = args.jobs
    lab = labs.find(args.lab)
    grade.prepare(lab)
    return sys.exit(test_lab(lab, args.answers.split(), args.times) != 0)


if __name__ == "__main__":
    main()
