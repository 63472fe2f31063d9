#!/usr/bin/env python3
"""The labs: work on the kernel that is handed out and graded (docs/labs.md).

    labs.py                     lists them
    labs.py make LAB FOLDER     the student's repository
    labs.py builds LAB          what mk/build.mk makes before a grading

A lab is a folder, labs/NAME/:

    lab             its head, a "Field: text" a line, then its table of checks
    start.patch     from the right kernel to what the student begins with
    handout.md, handout.zh.md
    lecturer.md     stays with the lecturer, as do
    wrong/          answers that are wrong, and what each loses: expected, a
                    line "NAME: check (check)", in brackets what it loses under
                    some seeds only, which another build changes; NAME.patch,
                    else a race's patch

One row of the table:

    points | check | kind program seeds [choreography or bound] | invariant | what is asked

kind is "seeded" for a program of tests/stress, once for each seed under noise
or under the choreography of the race that is named; "abi" for one of
tests/abi; "count" for a program of tests/stress that has to pass and to bring
a counter (kernel/lib/counters.def) to a bound, as in faults_cow_reuse>=10.
All of them run as docs/seeded.md has it, so each row gives the same answer
whenever it is asked.
"""
import dataclasses
import pathlib
import re
import subprocess
import sys
import tempfile

import arguments
import races

TOP = races.TOP
LABS = TOP / "labs"
ANSWERS = ("lecturer.md", "start.patch", "wrong")   # what a student does not get
FOLDERS = {"seeded": "stress", "abi": "abi", "count": "stress"}
RUNNERS = {"seeded": ["bin/run-tests"], "abi": ["bin/run-tests"], "count": ["init", "bin/counters"]}
BOUND = re.compile(r"(\w+)(<=|>=)(\d+)")
SHOWN = 3       # so many lines of an answer, one after the other, would show it


@dataclasses.dataclass
class Check:
    points: int
    name: str
    kind: str           # a key of FOLDERS
    program: str
    seeds: list
    more: str           # the race whose choreography is used; the bound; or nothing
    invariant: str
    asks: str

    @property
    def image(self):
        """What stands in it (tools/chaos.py)."""
        return [*RUNNERS[self.kind], f"tests/{FOLDERS[self.kind]}/{self.program}"]


@dataclasses.dataclass
class Lab:
    name: str
    folder: pathlib.Path
    title: str
    hours: str
    files: list         # those that the student edits; nothing else is graded
    omits: list         # files that say the answer in other words
    boots: str
    checks: list

    @property
    def points(self):
        return sum(check.points for check in self.checks)


# ---- reading ----

def check_of(row, where):
    cells = [cell.strip() for cell in row.split("|")]
    words = cells[2].split() if len(cells) == 5 else []
    if len(words) not in (3, 4) or words[0] not in FOLDERS:
        sys.exit(f"{where}: not a check: {row}")
    kind, program, seeds, more = [*words, ""][:4]
    if kind == "count" and not BOUND.fullmatch(more):
        sys.exit(f"{where}: not a bound: {row}")
    return Check(int(cells[0]), cells[1], kind, program, arguments.ranges(seeds), more,
                 cells[3], cells[4])


def read_one(folder):
    fields, rows = {}, []
    for line in (folder / "lab").read_text().splitlines():
        found = re.match(r"([A-Z]\w*): (.*)", line)
        if found:
            fields[found[1]] = found[2]
        elif line and not line.startswith("#"):
            rows.append(check_of(line, folder / "lab"))
    return Lab(folder.name, folder, fields["Title"], fields["Hours"],
               fields["Files"].split(), fields.get("Omits", "").split(), fields["Boots"], rows)


def read():
    return [read_one(path.parent) for path in sorted(LABS.glob("*/lab"))]


def find(name):
    """Without a name the only one: a student's tree has no other."""
    table = {lab.name: lab for lab in read()}
    if not name and len(table) == 1:
        return next(iter(table.values()))
    if name not in table:
        sys.exit(f"LAB={name}: there are " + " ".join(table))
    return table[name]


def expected(lab):
    """(wrong answer, its patch, the checks it loses, those it may lose)"""
    names = [check.name for check in lab.checks]
    for line in (lab.folder / "wrong/expected").read_text().splitlines():
        found = re.match(r"([\w-]+): ([\w -]+)(?:\(([\w -]+)\))?$", line)
        if not found:
            continue
        own = lab.folder / f"wrong/{found[1]}.patch"
        lost, maybe = set(found[2].split()), set((found[3] or "").split())
        if not lost | maybe <= set(names):
            sys.exit(f"{lab.name}: {found[1]} loses a check that is none: {line}")
        yield found[1], own if own.exists() else races.find(found[1]).patch, lost, maybe


# ---- the student's repository ----

def patch(tree, diff):
    done = subprocess.run(["patch", "-p1", "--fuzz=0", "--force", "--no-backup-if-mismatch",
                           "-d", str(tree), "-i", str(diff)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"{diff.relative_to(TOP)}: does not apply to this kernel\n{done.stdout}")


def plain(line):
    return re.sub(r"\s+", " ", line).strip(" +-")


def runs_of(lines):
    """Each SHOWN lines that follow each other; lines that say nothing, as a
    brace, are not counted."""
    said = [text for text in map(plain, lines) if len(text) > 4]
    return {tuple(said[i:i + SHOWN]) for i in range(len(said) - SHOWN + 1)}


def answer_of(lab):
    """What the start takes away, each run of lines of it for itself."""
    found, run = set(), []
    for line in (lab.folder / "start.patch").read_text().splitlines() + [""]:
        if line.startswith("-") and not line.startswith("---"):
            run.append(line[1:])
        else:
            found |= runs_of(run)
            run = []
    return found


def shows(path, answer):
    try:
        return answer & runs_of(path.read_text().splitlines())
    except UnicodeDecodeError:
        return set()


def keep_head(path):
    """A race whose patch shows the answer keeps its name and choreography."""
    head = path.read_text().split("\n--- ")[0].rstrip()
    path.write_text(head + "\n\nThe rest would show what this lab asks for.\n")


def take_out(tree, answer):
    """Pages and patches of the catalogue that show it."""
    for path in sorted((tree / "races").glob("*/*")):
        if not shows(path, answer):
            continue
        if path.name == "bug.patch":
            keep_head(path)
        else:
            path.unlink()


def leaks(tree, answer):
    return [path for path in sorted(tree.rglob("*"))
            if path.is_file() and ".git" not in path.parts and shows(path, answer)]


def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True)
    if done.returncode:     # no clone
        return [str(name) for name in (path.relative_to(TOP) for path in TOP.rglob("*"))
                if not {"build", "__pycache__", ".git"} & set(name.parts)]
    return [name for name in done.stdout.split("\0") if name]


def is_for(lab, name):
    if name in lab.omits:
        return False
    parts = name.split("/")
    return parts[0] != "labs" or parts[1] == "ci" or \
        parts[1] == lab.name and parts[2] not in ANSWERS


def copy_for(lab, tree):
    for name in tracked():
        if is_for(lab, name) and (TOP / name).is_file():
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((TOP / name).read_bytes())
            target.chmod((TOP / name).stat().st_mode & 0o777)


def write_tree(lab, tree):
    copy_for(lab, tree)
    patch(tree, lab.folder / "start.patch")
    (tree / "docs/drover.md").write_text((tree / "README.md").read_text().replace("(docs/", "(")
                                         .replace("(races/", "(../races/")
                                         .replace("(CONTRIBUTING", "(../CONTRIBUTING"))
    (tree / "README.md").write_bytes((lab.folder / "handout.md").read_bytes())
    answer = answer_of(lab)
    take_out(tree, answer)
    found = leaks(tree, answer)
    if found:
        sys.exit("make lab: the answer stands in " +
                 " ".join(str(path.relative_to(tree)) for path in found))


def commit(lab, tree):
    git = ["git", "-C", str(tree), "-c", "user.name=drover", "-c", "user.email=lab@localhost"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"],
                  ["commit", "-q", "-m", f"lab {lab.name}: the start"]):
        subprocess.run([*git, *words], check=True)


def make(lab, folder):
    if folder.exists() and any(folder.iterdir()):
        sys.exit(f"DIR={folder}: there is something in it")
    with tempfile.TemporaryDirectory() as name:
        write_tree(lab, pathlib.Path(name))
        commit(lab, pathlib.Path(name))
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", f"{name}/.", str(folder)], check=True)
    print(f"{folder}: lab {lab.name}, {lab.points} points; begin with its README.md")


# ---- the rest ----

def builds(lab):
    programs = {f"build/root/{program}" for check in lab.checks for program in check.image}
    return ["kernel", "build/qemu/qemu-system-riscv64", "build/qemu/holdloop.so",
            *sorted(programs)]


def show():
    for lab in read():
        print(f"{lab.name:<12} {lab.points:>4} points, {lab.hours} hours  {lab.title}")


def main():
    match sys.argv[1:]:
        case []:
            show()
        case ["make", name, folder]:
            make(find(name), pathlib.Path(folder))
        case ["builds", name]:
            print(*builds(find(name)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
