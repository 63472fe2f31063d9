#!/usr/bin/env python3
"""docs/reading.md against the tree: `make reading` prints the table.

    check_reading.py [--quiet]

A heading "## N. Title (LINES lines)" gives a budget; the items below it begin
with `a/file`.  Each file is there, none is read twice, and the lines of a
part, all of them, counted as wc does, are within its budget.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = TOP / "docs/reading.md"
PART = re.compile(r"^## (\d+\. .+) \((\d+) lines\)$")
ITEM = re.compile(r"^\d+\. `([\w./-]+)`")


def read():
    """[(title, budget, [file, ...]), ...]"""
    parts = []
    for line in DOCUMENT.read_text().split("\n"):
        if heading := PART.match(line):
            parts.append((heading[1], int(heading[2]), []))
        elif (item := ITEM.match(line)) and parts:
            parts[-1][2].append(item[1])
    return parts


def length(name):
    return (TOP / name).read_text().count("\n") if (TOP / name).is_file() else 0


def problems(parts):
    names = [name for _, _, files in parts for name in files]
    if not names:
        yield "no part, or no file"
    for name in sorted(set(names)):
        if not (TOP / name).is_file():
            yield f"no file {name}"
        if names.count(name) > 1:
            yield f"{name} is read twice"
    for title, budget, files in parts:
        lines = sum(map(length, files))
        if lines > budget:
            yield f"{title}: {lines} lines of at most {budget}"


def show(parts):
    for title, budget, files in parts:
        print(f"{sum(map(length, files)):5} of {budget:4}  {title}")
        for name in files:
            print(f"{length(name):11}    {name}")
    print(f"{sum(length(name) for _, _, files in parts for name in files):5} lines")


if __name__ == "__main__":
    table = read()
    if "--quiet" not in sys.argv[1:]:
        show(table)
    bad = [f"docs/reading.md: {problem}" for problem in problems(table)]
    print(*bad, sep="\n", end="\n" if bad else "")
    sys.exit(bool(bad))
