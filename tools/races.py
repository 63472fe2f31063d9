#!/usr/bin/env python3
"""The catalogue of races: a folder each, races/NAME/.

    bug.patch       the right kernel made wrong in one place.  Its head says
                    what it is (see Race below); the rest is a unified diff
    choreography    how the window is reached; none where any run reaches it:
                        P until Q 2000 us    who is first at race point P waits
                                             until another has passed Q
                        P for 50 us          ... waits that long
    README.md       its page

    races.py                    prints the catalogue
    races.py index              writes the two indexes of races/README.md
    races.py check              what is wrong between folders, tests and pages
    races.py names              of those that show when drover runs
    races.py header             the table of choreographies that the lab
                                kernel includes, races.def
    races.find(name)            one race; ends the program when there is none

With PATCHES=folder in the environment its *.patch are found, too, each by the
name of its file; they may have the same head, or none.
"""
import dataclasses
import difflib
import os
import pathlib
import re
import sys
import textwrap

TOP = pathlib.Path(__file__).resolve().parent.parent
RACES = TOP / "races"
POINTS = TOP / "kernel/debug/points.def"
INDEX = RACES / "README.md"
FIELD = re.compile(r"^([A-Z][a-z]+): *(.*)$")
STEP = re.compile(r"^(\w+) (?:until (\w+)|for) (\d+) us$")
POINT = re.compile(r"^POINT\((\w+),", re.M)
HEAD = re.compile(r"^# (\w+): (.+)\n\nKind: (\w+) · Invariant: (\S+) · "
                  r"Difficulty: (\d) of 5 · Shows: (.+)$", re.M)


@dataclasses.dataclass
class Race:
    """What the head of races/NAME/bug.patch says, one field a line."""
    name: str           # Race
    claim: str = ""     # what is dropped, in a line
    kind: str = ""      # cow, tlb, publish, sched, ipc, vma, lock
    seen: str = ""      # how it shows: always    in any run
    #                                   noise     within seconds with noise alone
    #                                   script    with its choreography
    #                                   shadow    to the shadow TLB; QEMU hides it
    #                                   model     to a model only: models/
    invariant: str = ""     # the one that it breaks (races/README.md)
    tests: str = ""         # programs of tests/stress that fail on it, between blanks
    oracle: str = ""        # what these or the panic then say: a regular expression,
    #                         and no other failure counts as caught
    abi: str = ""       # programs of tests/abi that may fail on it, of a patch of one's own
    patience: str = ""  # seconds after which a test that says nothing hangs, of such a patch
    origin: str = ""        # CVE, commit or thread
    steps: tuple = ()       # (point, until or None, microseconds)
    patch: pathlib.Path = None

    @property
    def runs(self):
        """It shows when drover runs, not only to a model."""
        return self.seen != "model"

    @property
    def is_own(self):
        """It is of PATCHES."""
        return not self.patch.is_relative_to(RACES)


def head_of(patch):
    """The fields of a patch; what is before its first "---" line."""
    fields = {}
    for line in patch.read_text().splitlines():
        found = FIELD.match(line)
        if line.startswith("--- "):
            break
        if found:
            fields[found[1].lower()] = found[2]
    return fields


def steps_of(folder):
    path = folder / "choreography"
    lines = path.read_text().splitlines() if path.exists() else []
    for line in (line.split("#")[0].strip() for line in lines):
        found = STEP.match(line)
        if line and not found:
            sys.exit(f"{path}: not a step: {line}")
        if found:
            yield found[1], found[2], int(found[3])


def read_one(patch):
    fields = head_of(patch)
    known = {field.name for field in dataclasses.fields(Race)} - {"name", "steps", "patch"}
    return Race(fields.get("race", patch.stem), steps=tuple(steps_of(patch.parent)), patch=patch,
                **{name: text for name, text in fields.items() if name in known})


def read():
    return [read_one(path) for path in sorted(RACES.glob("*/bug.patch"))]


def read_own():
    """The patches of PATCHES, which are not of the catalogue."""
    folder = os.environ.get("PATCHES")
    own = [dataclasses.replace(read_one(path), name=path.stem, steps=())
           for path in sorted(pathlib.Path(folder).resolve().glob("*.patch"))] if folder else []
    catalogue = {race.name for race in read()}
    for race in own:
        if race.name in catalogue:
            sys.exit(f"PATCHES={folder}: {race.name} is the name of a race; call it something else")
        if not re.fullmatch(r"[\w-]+", race.name):
            sys.exit(f"PATCHES={folder}: {race.patch.name}: letters, digits, _ and - make a name")
    return own


def find(name, asked_as="BUG"):
    table = {race.name: race for race in read() + read_own()}
    if name not in table:
        near = difflib.get_close_matches(name, table, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        sys.exit(f"{asked_as}={name}: no such bug{hint} `make bugs` lists them: " + " ".join(table))
    return table[name]


def find_all(names, asked_as="BUG"):
    """The races of BUG=NAME[,NAME]."""
    return [find(name, asked_as) for name in names.split(",")] if names else []


# ---- for the kernel ----

def header():
    """races.def: only tests and choreographies; the rest is for people."""
    lines = ["/* Made from races/ by tools/races.py. */"]
    for race in read():
        lines.append(f'RACE({race.name}, "{race.tests}")')
        lines += [f"STEP({race.name}, {point}, {until or 'none'}, {us})"
                  for point, until, us in race.steps]
    return "\n".join(lines)


# ---- pages and their index ----

@dataclasses.dataclass
class Page:
    """What the head of races/NAME/README.md says."""
    name: str
    title: str
    kind: str
    invariant: str
    difficulty: int
    shows: str


def pages():
    for path in sorted(RACES.glob("*/README.md")):
        found = HEAD.search(path.read_text())
        if found:
            name, title, kind, invariant, difficulty, shows = found.groups()
            yield Page(name, title, kind, invariant, int(difficulty), shows)


def index(heading, groups):
    """A section for each group: its name, and its pages."""
    lines = [f"## {heading}", ""]
    for name, members in groups:
        lines += [f"### {name}", "", "| race | what goes wrong | breaks | difficulty | shows |",
                  "|---|---|---|---|---|"]
        lines += [f"| [{p.name}]({p.name}/README.md) | {p.title} | {p.invariant} | {p.difficulty} | "
                  f"{p.shows} |" for p in members]
        lines.append("")
    return lines


KINDS = {"cow": "Copy-on-write and forced writes", "tlb": "Translations that live too long",
         "publish": "Publication", "sched": "Scheduler, sleep, exit", "ipc": "IPC and signals",
         "vma": "Mappings", "lock": "Locks and fences"}
LEVELS = ("First: one line, one idea", "Then: two harts", "Three parties, or two ideas",
          "Hard to see", "Hard to believe")


def indexes():
    everything = list(pages())
    kinds = [(title, [p for p in everything if p.kind == kind]) for kind, title in KINDS.items()]
    levels = [(f"{n}. {title}", [p for p in everything if p.difficulty == n])
              for n, title in enumerate(LEVELS, 1)]
    lines = index("By kind", [group for group in kinds if group[1]])
    lines += index("By difficulty", [group for group in levels if group[1]])
    return "\n".join(lines)


def with_indexes(text):
    begin, end = "<!-- indexes: make races-index -->\n", "<!-- end of indexes -->"
    before, rest = text.split(begin)
    return before + begin + "\n" + indexes() + "\n" + end + rest.split(end)[1]


# ---- checks ----

def problems_of(race, page, points):
    if page is None:
        yield f"{race.name}: no page, or its head is not that of a race"
    elif (page.name, page.kind, page.invariant) != (race.name, race.kind, race.invariant):
        yield f"{race.name}: page says {page.kind}, {page.invariant}; " \
              f"patch says {race.kind}, {race.invariant}"
    if race.patch.parent.name != race.name:
        yield f"{race.name}: its folder is {race.patch.parent.name}"
    if race.runs and not (race.tests and race.oracle):
        yield f"{race.name}: no test or no oracle"
    for field in ("claim", "seen", "origin"):
        if not getattr(race, field):
            yield f"{race.name}: its patch does not say {field.capitalize()}"
    for test in race.tests.split():
        if not (TOP / f"tests/stress/{test}.c").exists():
            yield f"{race.name}: no test {test}"
    for step in race.steps:
        for point in step[:2]:
            if point and point not in points:
                yield f"{race.name}: no race point {point}"


def shown_lines(path):
    """What is taken out and put in where the page shows the patch."""
    for block in re.findall(r"^```diff\n(.*?)^```", path.read_text(), re.M | re.S):
        yield from re.findall(r"^[-+].*", block, re.M)


def outdated(race):
    lines = set(race.patch.read_text().splitlines())
    for line in shown_lines(race.patch.parent / "README.md"):
        if line not in lines:
            yield f"{race.name}: its page shows a line that its patch has not: {line}"


def problems():
    known = {page.name: page for page in pages()}
    points = set(POINT.findall(POINTS.read_text()))
    code = "\n".join(p.read_text() for p in sorted((TOP / "kernel").rglob("*.[chS]")))
    for race in read():
        yield from problems_of(race, known.get(race.name), points)
        yield from outdated(race)
    for point in sorted(points):
        if f"race_point({point}," not in code:
            yield f"race point {point}: nowhere in the code"
    for folder in sorted(RACES.iterdir()):
        if folder.is_dir() and not (folder / "bug.patch").exists():
            yield f"{folder.name}: no bug.patch"
    if INDEX.read_text() != with_indexes(INDEX.read_text()):
        yield "races/README.md: an index is old; make races-index writes it"


def show():
    kind = None
    for race in sorted(read(), key=lambda race: race.kind):
        if race.kind != kind:
            print(f"\n{race.kind}\n{'=' * len(race.kind)}")
            kind = race.kind
        print(f"{race.name:<24} {race.invariant:<4} {race.seen:<7} {race.tests or '-'}")
        print(textwrap.fill(f"{race.claim} ({race.origin})", 100, initial_indent="    ",
                            subsequent_indent="    "))
    print("\nname, invariant broken, how it shows, tests that catch it.  "
          "More: races/NAME/README.md\nmake stress BUG=NAME builds a kernel that has it, and runs them.")


def main():
    command = sys.argv[1:]
    if not command:
        show()
    elif command == ["index"]:
        INDEX.write_text(with_indexes(INDEX.read_text()))
    elif command == ["names"]:
        print(*(race.name for race in read() if race.runs))
    elif command == ["header"]:
        print(header())
    elif command == ["check"]:
        found = list(problems())
        print(*found, sep="\n", end="\n" if found else "")
        sys.exit(bool(found))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
