#!/usr/bin/env python3
"""The table of bugs that bug=NAME switches on (kernel/debug/bugs.def).

    bugs.py                 prints it
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


def find(name):
    table = {bug.name: bug for bug in read()}
    if name not in table:
        near = difflib.get_close_matches(name, table, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        sys.exit(f"BUG={name}: no such bug{hint} `make bugs` lists them: " + " ".join(table))
    return table[name]


def main():
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


if __name__ == "__main__":
    main()
