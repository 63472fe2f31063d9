#!/usr/bin/env python3
"""Every memory ordering has a name, at least two sides, and a row in the docs.

    check_orders.py KERNEL_DIR docs/memory-ordering.md

Both places that an ordering ties together carry a comment

    ORDER <name>, <side> side; <the partner> is in <function>().

and the document has a row that starts with | `<name>`.  Whatever orders, a
fence or an atomic access that is more than relaxed, without such a comment
close above it is an error, and so are a partner that does not exist and a row
without code.  An access that has to be atomic and no more says so, and why:
"No ORDER: reason".  arch/barrier.h alone, which defines them, says nothing.

The other way round, below each comment and before the next one stands what
orders: a fence, or an atomic access that is more than relaxed.  A side that
is ordered by something else says in its comment by what: "Plain: reason".
The row's pattern says what is enough:

    store buffering     a full fence on every side
    message passing     some ordering on every side, on one of them a release
                        and on one an acquire
    both, or neither    some ordering on every side
"""
import collections
import pathlib
import re
import sys

NEAR = 12       # lines between the comment and what it explains

Side = collections.namedtuple("Side", "file line name side partner plain kinds")

COMMENT = re.compile(r"/\*.*?\*/", re.S)
SIDE = re.compile(r"ORDER ([\w-]+), ([\w-]+(?: [\w-]+)?) side\b([^.]*?(\w+)\(\))?", re.S)
REASON = re.compile(r"ORDER [\w-]|No ORDER: \w")
ROW = re.compile(r"^\| *`([\w-]+)` *\|[^|]*\|([^|]*)\|", re.M)

# What orders, and how: (f)ull, (r)elease, (a)cquire.
ORDERING = {
    r"smp_mb|atomic_\w+_full|__ATOMIC_SEQ_CST": "fra",
    r"atomic_replace": "ra",    # lr.aqrl and sc.rl: what comes after may pass the store
    r"__ATOMIC_ACQ_REL": "ra",
    r"smp_wmb|io_wmb|store_release|__ATOMIC_RELEASE": "r",
    r"smp_rmb|io_mb_after|load_acquire|__ATOMIC_ACQUIRE": "a",
}
ASSEMBLY = {r"fence\s+rw,\s*rw": "fra", r"\w+\.[wd]\.aqrl": "ra",
            r"\w+\.[wd]\.aq": "a", r"\w+\.[wd]\.rl": "r"}


def one_line(comment):
    return re.sub(r"\s*\n\s*\*?\s*", " ", comment)


def without_comments(text):
    return COMMENT.sub(lambda c: "\n" * c[0].count("\n"), text)


def one_of(table):
    """A pattern with a group for each of the table's, and what the groups mean."""
    return re.compile("|".join(rf"\b({pattern})\b" for pattern in table)), list(table.values())


IN_C, IN_ASSEMBLY = one_of(ORDERING), one_of(ASSEMBLY)


def kinds_of(code, suffix):
    """How the first ordering operation of the code orders; "" if none is there."""
    pattern, kinds = IN_ASSEMBLY if suffix == ".S" else IN_C
    found = pattern.search(code)
    return kinds[found.lastindex - 1] if found else ""


def below(text, start, stop, head):
    """The code that a comment is about: at a function's head what is near, in
    its body two statements."""
    code = without_comments(text[start:stop])
    end = re.search(r"^}", code, re.M) if head else re.search(r"(?:.*?[;{]$){2}", code, re.M | re.S)
    return "\n".join(code[:end.end() if end else len(code)].split("\n")[:NEAR + 1])


def sides(files):
    """name: [Side]"""
    found = collections.defaultdict(list)
    for file, text in files.items():
        comments = [c for c in COMMENT.finditer(text) if SIDE.search(one_line(c[0]))]
        stops = [c.start() for c in comments[1:]] + [len(text)]
        for comment, stop in zip(comments, stops):
            words = one_line(comment[0])
            head = text[comment.start() - 1] == "\n"
            kinds = kinds_of(below(text, comment.end(), stop, head), file.suffix)
            line = text.count("\n", 0, comment.start()) + 1
            for name, side, _, partner in SIDE.findall(words):
                found[name].append(Side(file, line, name, side, partner,
                                        "Plain: " in words, kinds))
    return found


def unexplained(file, text):
    if file.match("arch/barrier.h"):
        return
    lines = text.split("\n")
    code = without_comments(text).split("\n")
    for number, line in enumerate(code):
        above = "\n".join(lines[max(0, number - NEAR):number + 1])
        if kinds_of(line, file.suffix) and not REASON.search(above):
            yield (f"{file}:{number + 1}: orders, and neither an ORDER comment nor "
                   "\"No ORDER: reason\" says what for")


def unordered(places, pattern):
    """Comments without what orders, or not as the pattern needs it."""
    buffering, passing = "store buffering" in pattern, "message passing" in pattern
    for p in places:
        where = f"{p.file}:{p.line}: ORDER {p.name}, {p.side} side: "
        if p.plain:
            continue
        if not p.kinds:
            yield where + "nothing below it orders, and it does not say \"Plain: reason\""
        elif buffering and not passing and "f" not in p.kinds:
            yield where + "store buffering needs a full fence"
    if passing and not any(p.plain for p in places):
        for kind, word in ("r", "release"), ("a", "acquire"):
            if all(p.kinds and kind not in p.kinds for p in places):
                yield f"{places[0].file}: ORDER {places[0].name}: no side is a {word}"


def names_in(files):
    """What could be a partner: all that is named where a line begins a definition."""
    text = "\n".join(files.values())
    outer = "\n".join(re.findall(r"^[^\s/*#].*", text, re.M))
    return {*re.findall(r"\b(\w+)\(", outer), *re.findall(r"^#define (\w+)", text, re.M),
            *re.findall(r"^(\w+):", text, re.M)}


def unpaired(places, names):
    """Comments without a second side, or whose partner does not exist."""
    if len(places) < 2:
        yield f"{places[0].file}: ORDER {places[0].name} has only one side ({places[0].side})"
    for p in places:
        where = f"{p.file}:{p.line}: ORDER {p.name}, {p.side} side: "
        if not p.partner:
            yield where + "names no partner function"
        elif p.partner not in names:
            yield where + f"no function {p.partner}()"


def check(root, document):
    files = {path: path.read_text() for path in sorted(root.rglob("*"))
             if path.suffix in {".c", ".h", ".S"}}
    names = names_in(files)
    rows = dict(ROW.findall(document))
    found = sides(files)

    for file, text in files.items():
        yield from unexplained(file, text)
    for name, places in found.items():
        yield from unpaired(places, names)
        if name in rows:
            yield from unordered(places, rows[name])
        else:
            yield f"{places[0].file}: ORDER {name} has no row in the document"
    for name in sorted(set(rows) - set(found)):
        yield f"document: `{name}` is nowhere in the code"


if __name__ == "__main__":
    text = pathlib.Path(sys.argv[2])
    problems = list(check(pathlib.Path(sys.argv[1]), text.read_text() if text.exists() else ""))
    print(*problems, sep="\n", end="\n" if problems else "")
    sys.exit(bool(problems))
