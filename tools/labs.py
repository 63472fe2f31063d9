#!/usr/bin/env python3
"""The labs: work on the kernel that is handed out and graded (docs/labs.md).

    labs.py                     lists them
    labs.py make LAB FOLDER     the student's repository
    labs.py check               that patches apply, and no student gets an answer
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
    right/          where there is more than one right answer: NAME.patch, each
                    from the right kernel to another one

One row of the table:

    points | check | kind program seeds [choreography or bound] | invariant | what is asked

A check called "NAME after OTHER" counts only where OTHER holds: what passes at
the start as well, and has to pass still.

kind is "seeded" for a program of tests/stress, once for each seed under noise
or under the choreography of the race that is named, by one round or, as in
"orphan_race*40", by so many; "abi" for one of
tests/abi; "count" for a program of tests/stress that has to pass and to bring
a counter (kernel/lib/counters.def) to a bound, as in faults_cow_reuse>=10.
All of them run as docs/seeded.md has it, so each row gives the same answer
whenever it is asked.

Two kinds run nothing in a guest: "quiz KEY HASH[,HASH]" looks for a line
"KEY: words" in the lab's Answers file, and compares what quiz_hash() makes of
it; "model NAME" has Spin search models/NAME.pml and each variant that its head
lists (docs/models.md).

"run KEY" compares such a line with what tools/tour.py finds under gdb, in the run
that the line "seed: N" names.

"hunt PROGRAM N" is about a test that the student writes: it has to fail, or to
stop the machine, on a kernel with the Nth bug of those that are drawn for the
variant.  labs/NAME/planted, which stays with the lecturer, names the patches;
a student's tree has the lab's field Practice, races of the catalogue, instead.

    labs.py hash LAB KEY WORDS      a hash for a row
    labs.py variants LAB N          what is planted in VARIANT=1 to N
"""
import dataclasses
import hashlib
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import arguments
import races
import tour

TOP = races.TOP
LABS = TOP / "labs"
ANSWERS = ("lecturer.md", "start.patch", "wrong", "right", "planted")   # what a student does not get
FOLDERS = {"seeded": "stress", "abi": "abi", "count": "stress"}
RUNNERS = {"seeded": ["bin/run-tests"], "abi": ["bin/run-tests"], "count": ["init", "bin/counters"]}
UNRUN = {"quiz": (3, 3), "model": (2, 2), "hunt": (3, 3), "run": (2, 2)}       # kinds without a guest; words, at least and at most
HELD = re.compile(r"([\w-]+)(?: after ([\w-]+))?")
BOUND = re.compile(r"(\w+)(<=|>=)(\d+)")
SHOWN = 3       # so many lines of an answer, one after the other, would show it


@dataclasses.dataclass
class Check:
    points: int
    name: str
    after: str          # the check that has to hold, or nothing
    kind: str           # a key of FOLDERS, or of UNRUN
    program: str
    rounds: int         # of a program of tests/stress, in each run
    seeds: list
    more: str           # the race whose choreography is used; the bound; hashes; or nothing
    invariant: str
    asks: str

    @property
    def image(self):
        """What stands in it (tools/chaos.py)."""
        if self.kind in UNRUN:
            return []
        return [*RUNNERS[self.kind], f"tests/{FOLDERS[self.kind]}/{self.program}"]


@dataclasses.dataclass
class Lab:
    name: str
    folder: pathlib.Path
    title: str
    hours: str
    files: list         # those that the student edits; nothing else is graded
    answers: str        # the one of them that has "KEY: words" for kind quiz
    omits: list         # files that say the answer in other words
    allows: list        # files that may have lines in common with the answer
    practice: list      # races for kind hunt where nothing is planted
    more: list          # checks that this tree's kernel does not pass: an answer of right/ does
    boots: str
    checks: list

    @property
    def points(self):
        return sum(check.points for check in self.checks)


# ---- reading ----

def words_of(kind, words, refuse):
    """(program, rounds, seeds, more) of a row's third cell."""
    if kind in UNRUN:
        least, most = UNRUN[kind]
        if not least <= len(words) + 1 <= most:
            refuse("a check")
        return words[0], 1, [], " ".join(words[1:])
    if kind not in FOLDERS or len(words) not in (2, 3):
        refuse("a check")
    program, seeds, more = [*words, ""][:3]
    if kind == "count" and not BOUND.fullmatch(more):
        refuse("a bound")
    program, _, rounds = program.partition("*")
    return program, int(rounds or 1), arguments.ranges(seeds), more


def check_of(row, where):
    def refuse(what):
        sys.exit(f"{where}: not {what}: {row}")
    cells = [cell.strip() for cell in row.split("|")]
    held = HELD.fullmatch(cells[1]) if len(cells) == 5 else refuse("five cells")
    kind, *words = cells[2].split()
    program, rounds, seeds, more = words_of(kind, words, refuse)
    return Check(int(cells[0]), held[1], held[2] or "", kind, program, rounds, seeds, more,
                 cells[3], cells[4])


def quiz_hash(lab, key, words):
    """Case, blanks and brackets do not count.  Who has the hash has no answer."""
    plain_words = re.sub(r"[\s().,;`]+", "", words.lower())
    return hashlib.sha256(f"{lab}/{key}/{plain_words}".encode()).hexdigest()[:16]


def read_one(folder):
    fields, rows = {}, []
    for line in (folder / "lab").read_text().splitlines():
        found = re.match(r"([A-Z]\w*): (.*)", line)
        if found:
            fields[found[1]] = found[2]
        elif line and not line.startswith("#"):
            rows.append(check_of(line, folder / "lab"))
    return Lab(folder.name, folder, fields["Title"], fields["Hours"],
               fields["Files"].split(), fields.get("Answers", ""), fields.get("Omits", "").split(),
               fields.get("Allows", "").split(), fields.get("Practice", "").split(),
               fields.get("Beyond", "").split(), fields["Boots"], rows)


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


def beyond(lab):
    """The checks that only another right answer passes."""
    lost = set(lab.more)
    if not lost <= {check.name for check in lab.checks} or lost and not others(lab):
        sys.exit(f"{lab.name}: Beyond: names checks, which an answer of right/ passes")
    return lost


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


def leave_out_code(path, answer):
    """The page without the code that shows it."""
    def kept(block):
        return "(Left out: it is what this lab asks for.)" \
            if answer & runs_of(block[0].splitlines()) else block[0]
    path.write_text(re.sub(r"^```.*?^```$", kept, path.read_text(), flags=re.M | re.S))


def take_out(tree, answer):
    """Of pages and patches of the catalogue what shows it."""
    for path in sorted((tree / "races").glob("*/*")):
        if not shows(path, answer):
            continue
        if path.name == "bug.patch":
            keep_head(path)
        elif path.suffix == ".md":
            leave_out_code(path, answer)
        if shows(path, answer):
            path.unlink()


def leaks(tree, answer):
    return [path for path in sorted(tree.rglob("*"))
            if path.is_file() and ".git" not in path.parts and shows(path, answer)]


def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True)
    if done.returncode:     # no clone
        return [str(path.relative_to(TOP)) for path in sorted(TOP.rglob("*")) if path.is_file()
                and not {"build", "__pycache__", ".git"} & set(path.relative_to(TOP).parts)]
    return [name for name in done.stdout.split("\0") if name]


def is_for(lab, name):
    if name in lab.omits or name == "docs/lab-points.md":
        return False
    parts = name.split("/")
    if parts[:2] == ["docs", "book"]:      # it shows the sources, and says why they are so
        return False
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
    found = [path for path in leaks(tree, answer)
             if str(path.relative_to(tree)) not in lab.allows]
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

def others(lab):
    """(name, patch) of right answers that are not the kernel of this tree."""
    return [(path.stem, path) for path in sorted((lab.folder / "right").glob("*.patch"))]


def hunted(lab):
    return [check for check in lab.checks if check.kind == "hunt"]


def planted(lab, variant):
    """(name, patch) of as many bugs as are hunted, the same ones whenever @variant is."""
    listed = lab.folder / "planted"
    if not listed.exists():
        return [(name, races.find(name).patch) for name in lab.practice]
    table = [(pathlib.Path(name).stem if name.startswith("labs/") else name,
              TOP / name if name.startswith("labs/") else races.find(name).patch)
             for name in listed.read_text().split()]
    return random.Random(variant).sample(table, len(hunted(lab)))


def show_variants(lab, most):
    """The lecturer's sheet."""
    for variant in range(1, most + 1):
        print(f"VARIANT={variant}:", *(name for name, _ in planted(lab, variant)))


def runs(lab):
    return [check for check in lab.checks if check.kind == "run"]


def builds(lab):
    programs = {f"build/root/{program}" for check in lab.checks for program in check.image}
    if runs(lab):
        programs |= {f"build/root/{name}" for test in tour.PROGRAMS
                     for name in ("bin/run-tests", f"tests/stress/{test}")}
    return ["kernel", "build/qemu/qemu-system-riscv64", "build/qemu/holdloop.so",
            *sorted(programs)]


def show():
    for lab in read():
        print(f"{lab.name:<12} {lab.points:>4} points, {lab.hours} hours  {lab.title}")


def patches(lab):
    """Its own: from the right kernel to the start, to other right answers, to wrong ones."""
    yield lab.folder / "start.patch"
    yield from (path for _, path in others(lab))
    yield from (path for _, path, _, _ in expected(lab) if path.name != "bug.patch")


def applies(diff):
    names = re.findall(r"^\+\+\+ b/(\S+)", diff.read_text(), re.M)
    with tempfile.TemporaryDirectory() as tree:
        for name in names:
            target = pathlib.Path(tree) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((TOP / name).read_bytes())
        patch(pathlib.Path(tree), diff)


def check(lab):
    """What a change of the kernel, or of a lab, may have broken; no kernel is built.
    Ends the program at the first thing that is."""
    if lab.points != 100:
        sys.exit(f"{lab.name}: {lab.points} points, not 100")
    if len(list(expected(lab))) < 4:
        sys.exit(f"{lab.name}: fewer than four wrong answers")
    for diff in patches(lab):
        applies(diff)
    with tempfile.TemporaryDirectory() as tree:
        write_tree(lab, pathlib.Path(tree))
    print(f"{lab.name}: {len(list(patches(lab)))} patches apply, nothing of the answer is handed out")


def main():
    match sys.argv[1:]:
        case []:
            show()
        case ["check"]:
            for lab in read():
                check(lab)
        case ["make", name, folder]:
            make(find(name), pathlib.Path(folder))
        case ["hash", name, key, words]:
            print(quiz_hash(find(name).name, key, words))
        case ["variants", name, most]:
            show_variants(find(name), int(most))
        case ["builds", name]:
            print(*builds(find(name)))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
