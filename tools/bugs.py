#!/usr/bin/env python3
"""The table of bugs that bug=NAME switches on (kernel/debug/bugs.def).

    bugs.py                 prints it
    bugs.py --write         writes the two indexes of docs/races/README.md
    bugs.py --check         what is wrong between table, tests and documents
    bugs.find(name)         one bug; ends the program when there is none

A macro's arguments are C strings; strings that follow each other are one.
"""
import dataclasses
import difflib
import pathlib
import re
import sys
import textwrap

TOP = pathlib.Path(__file__).resolve().parent.parent
TABLE = TOP / "kernel/debug/bugs.def"
COMMENT = re.compile(r"/\*.*?\*/", re.S)
STRING = r'(?:"(?:[^"\\]|\\.)*"\s*)+'
ENTRY = re.compile(rf"^BUG\((\w+),\s*({STRING}),\s*({STRING}),\s*({STRING}),\s*({STRING}),"
                   rf"\s*({STRING}),\s*({STRING}),\s*({STRING})\)", re.M)
POINT = re.compile(r"^POINT\((\w+),", re.M)
PAGES = TOP / "docs/races"
INDEX = PAGES / "README.md"
HEAD = re.compile(r"^# (\w+): (.+)\n\nKind: (\w+) · Invariant: (\S+) · "
                  r"Difficulty: (\d) of 5 · Shows: (.+)$", re.M)
STEP = re.compile(r"^STEP\((\w+),\s*(\w+),\s*(\w+),\s*(\d+)\)", re.M)


@dataclasses.dataclass
class Bug:
    name: str
    kind: str
    seen: str           # always, noise, script, shadow, model
    invariant: str
    tests: str          # names, between blanks
    oracle: str         # a regular expression
    origin: str
    what: str
    steps: tuple = ()   # (point, until, microseconds)

    @property
    def runs(self):
        """It shows when drover runs, not only to a model."""
        return self.seen != "model"


def text_of(strings):
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', strings)
    return re.sub(r"\\(.)", r"\1", "".join(parts))


def read():
    source = COMMENT.sub("", TABLE.read_text())
    steps = [(bug, (point, until, int(us))) for bug, point, until, us in STEP.findall(source)]
    return [Bug(name, *map(text_of, strings),
                steps=tuple(step for bug, step in steps if bug == name))
            for name, *strings in ENTRY.findall(source)]


def find(name, variable="BUG"):
    table = {bug.name: bug for bug in read()}
    if name not in table:
        near = difflib.get_close_matches(name, table, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        sys.exit(f"{variable}={name}: no such bug{hint} `make bugs` lists them: " + " ".join(table))
    return table[name]


@dataclasses.dataclass
class Page:
    """What the head of docs/races/NAME.md says."""
    name: str
    title: str
    kind: str
    invariant: str
    difficulty: int
    shows: str


def pages():
    for path in sorted(PAGES.glob("*.md")):
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
        lines += [f"| [{p.name}]({p.name}.md) | {p.title} | {p.invariant} | {p.difficulty} | "
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


def problems():
    table = read()
    known = {page.name: page for page in pages()}
    points = set(POINT.findall((TABLE.parent / "points.def").read_text()))
    code = "\n".join(p.read_text() for p in sorted((TOP / "kernel").rglob("*.[chS]")))
    for path in sorted(PAGES.glob("*.md")):
        if path.stem not in known and path != INDEX:
            yield f"{path.name}: its head is not that of a race"
    for bug in table:
        page = known.get(bug.name)
        if page is None:
            yield f"{bug.name}: no page in docs/races"
        elif (page.kind, page.invariant) != (bug.kind, bug.invariant):
            yield f"{bug.name}: page says {page.kind}, {page.invariant}; " \
                  f"table says {bug.kind}, {bug.invariant}"
        if bug.runs and not bug.tests:
            yield f"{bug.name}: no test catches it"
        if bug.runs and f"bug({bug.name})" not in code:
            yield f"{bug.name}: nowhere in the code"
        for test in bug.tests.split():
            if not (TOP / f"tests/stress/{test}.c").exists():
                yield f"{bug.name}: no test {test}"
    for point in sorted(points):
        if f"race_point({point}," not in code:
            yield f"race point {point}: nowhere in the code"
    if INDEX.read_text() != with_indexes(INDEX.read_text()):
        yield "docs/races/README.md: an index is old; make races-index writes it"


def show():
    kind = None
    for bug in sorted(read(), key=lambda bug: bug.kind):
        if bug.kind != kind:
            print(f"\n{bug.kind}\n{'=' * len(bug.kind)}")
            kind = bug.kind
        print(f"{bug.name:<24} {bug.invariant:<4} {bug.seen:<7} {bug.tests or '-'}")
        print(textwrap.fill(f"{bug.what} ({bug.origin})", 100, initial_indent="    ",
                            subsequent_indent="    "))
    print("\nname, invariant broken, how it shows, tests that catch it.  "
          "More: docs/races/NAME.md\nmake stress BUG=NAME switches one on.")


def main():
    if sys.argv[1:] == ["--write"]:
        INDEX.write_text(with_indexes(INDEX.read_text()))
    elif sys.argv[1:] == ["--check"]:
        found = list(problems())
        print(*found, sep="\n", end="\n" if found else "")
        sys.exit(bool(found))
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        show()


if __name__ == "__main__":
    main()
