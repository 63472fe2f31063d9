#!/usr/bin/env python3
"""Every memory ordering has a name, at least two sides, and a row in the docs.

    check_orders.py KERNEL_DIR docs/memory-ordering.md

Both places that an ordering ties together carry a comment

    ORDER <name>, <side> side; <the partner> is in <function>().

and the document has a row that starts with | `<name>`.  A fence,
store_release() or load_acquire() without such a comment close above it is an
error, and so are a partner that does not exist and a row without code.
"""
import pathlib
import re
import sys

NEAR = 12       # lines between the comment and what it explains

COMMENT = re.compile(r"/\*.*?\*/", re.S)
SIDE = re.compile(r"ORDER ([\w-]+), ([\w-]+(?: [\w-]+)?) side\b([^.]*?(\w+)\(\))?", re.S)
FENCE = re.compile(r"\b(smp_mb|smp_rmb|smp_wmb|store_release|load_acquire)\s*\(")
ROW = re.compile(r"^\| *`([\w-]+)`", re.M)


def plain(comment):
    return re.sub(r"\s*\n\s*\*?\s*", " ", comment)


def sides(files):
    """name: [(file, side, partner function or None)]"""
    found = {}
    for file, text in files.items():
        for comment in COMMENT.findall(text):
            for name, side, _, partner in SIDE.findall(plain(comment)):
                found.setdefault(name, []).append((file, side, partner))
    return found


def unexplained(file, text):
    lines = text.split("\n")
    code = COMMENT.sub(lambda c: "\n" * c[0].count("\n"), text).split("\n")
    for number, line in enumerate(code):
        if not FENCE.search(line) or line.startswith("#define"):
            continue
        above = lines[max(0, number - NEAR):number + 1]
        if not any("ORDER " in l for l in above):
            yield f"{file}:{number + 1}: ordering without an ORDER comment"


def check(root, document):
    files = {path: path.read_text() for path in sorted(root.rglob("*"))
             if path.suffix in {".c", ".h", ".S"}}
    everything = "\n".join(files.values())
    rows = set(ROW.findall(document))
    found = sides(files)

    for file, text in files.items():
        yield from unexplained(file, text)
    for name, places in found.items():
        file, side, _ = places[0]
        if len(places) < 2:
            yield f"{file}: ORDER {name} has only one side ({side})"
        if name not in rows:
            yield f"{file}: ORDER {name} has no row in the document"
        for file, side, partner in places:
            if not partner:
                yield f"{file}: ORDER {name}, {side} side: names no partner function"
            elif not re.search(rf"^[^\s/*#].*\b{partner}\(|#define {partner}\b|^{partner}:",
                               everything, re.M):
                yield f"{file}: ORDER {name}, {side} side: no function {partner}()"
    for name in sorted(rows - set(found)):
        yield f"document: `{name}` is nowhere in the code"


if __name__ == "__main__":
    text = pathlib.Path(sys.argv[2])
    problems = list(check(pathlib.Path(sys.argv[1]), text.read_text() if text.exists() else ""))
    print(*problems, sep="\n", end="\n" if problems else "")
    sys.exit(bool(problems))
