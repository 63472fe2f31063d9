#!/usr/bin/env python3
"""What the documents say of the code exists.

    check_docs.py FILE.md...

Checked are `path/file.c` and `path/file.c:symbol` between backticks, and the
targets of links; paths are from the top of the tree, links from the document.
NAME in a path stands for any name and is not looked up.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
CODE = re.compile(r"`((?:kernel|user|tests|tools|bench|docs|mk|models)/[\w./-]+\.\w+)(?::(\w+)(?:\(\))?)?`")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


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


if __name__ == "__main__":
    problems = [p for name in sys.argv[1:] for p in check(pathlib.Path(name))]
    print(*problems, sep="\n", end="\n" if problems else "")
    sys.exit(bool(problems))
