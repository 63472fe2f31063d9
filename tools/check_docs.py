#!/usr/bin/env python3
"""What the documents say of the code exists.

    check_docs.py FILE.md...

Checked are `path/file.c` and `path/file.c:symbol` between backticks, and the
targets of links; paths are from the top of the tree, links from the document.
NAME in a path stands for any name and is not looked up.

docs/locking.md has a paragraph for each rank of kernel/sync/ranks.h, in
the order of the table, and says of each what the table says.
"""
import itertools
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
CODE = re.compile(r"`((?:kernel|user|tests|tools|bench|docs|mk|models)/[\w./-]+\.\w+)(?::(\w+)(?:\(\))?)?`")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
RANK = re.compile(r"^\tX\((\w+),\s*(true|false),\s*(true|false),", re.M)
PARAGRAPH = re.compile(r"^\*\*([A-Z_, ]+)\*\* \(([^)]*)\)\.", re.M)


def kind(sleeps, irq):
    return "sleeps" if sleeps else "spin, interrupts off" if irq else "spin"


def ranks_of_table():
    text = (TOP / "kernel/sync/ranks.h").read_text()
    return [(name, kind(sleeps == "true", irq == "true"))
            for name, sleeps, irq in RANK.findall(text)]


def ranks_of_document(text):
    return [(name, kind("sleeps" in words, "interrupts off" in words))
            for names, words in PARAGRAPH.findall(text) for name in names.split(", ")]


def check_ranks(document):
    table, said = ranks_of_table(), ranks_of_document(document.read_text())
    for have, want in itertools.zip_longest(said, table, fillvalue=("nothing", "")):
        if have != want:
            yield f"{document}: {' '.join(have)}, where ranks.h has {' '.join(want)}"
            return


def check(document):
    text = document.read_text()
    for path, symbol in CODE.findall(text):
        if "NAME" in path:
            continue
        if not (TOP / path).is_file():
            yield f"{document}: no file {path}"
        elif symbol and not re.search(rf"\b{symbol}\b", (TOP / path).read_text()):
            yield f"{document}: no {symbol} in {path}"
    for target in LINK.findall(text):
        if not (document.parent / target).exists():
            yield f"{document}: no {target} to link to"
    if document.name == "locking.md":
        yield from check_ranks(document)


if __name__ == "__main__":
    problems = [p for name in sys.argv[1:] for p in check(pathlib.Path(name))]
    print(*problems, sep="\n", end="\n" if problems else "")
    sys.exit(bool(problems))
