#!/usr/bin/env python3
"""The book, docs/book/ (make book).

    book.py check               what its chapters cite is there: definitions,
                                recorded runs, pictures, goals of make and the
                                names given to them; and each chapter is listed;
                                runs speak of this tree (tools/bookruns.py)
    book.py stage FOLDER        its sources as Sphinx reads them, with the
                                documents, races and handouts that it links to
    book.py record [NAME...]    makes the runs anew that chapters show

A chapter is Markdown.  Three kinds of blocks are the book's own, and are only
names in the source, so that nothing shown is older than what it shows:

    ```{source} kernel/mm/cow.c:install_copy    a definition (tools/excerpt.py)
    :first: spin_lock                           from the line that has this
    :last: spin_unlock                          to the line that has that
    ```
    ```{run} dirtycow                           docs/book/runs/dirtycow.txt
    ```
    ```{graphviz} figures/process.dot
    ```

docs/book/runs/table says how a run is made, a line each:

    NAME | words of make | first line shown | last line shown

where the lines are regular expressions, and an empty one is the end; -N as the
first begins N lines before it.  The pages of docs/book/figures/*.svg are made by `make trace`, as the
chapter that shows one says.
"""
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import arguments
import bookruns
import excerpt

TOP = excerpt.TOP
BOOK = TOP / "docs/book"
RUNS = BOOK / "runs"
BLOCK = re.compile(r"^```\{(source|run|graphviz)\} (\S+)\n((?::.*\n)*)```$", re.M)
TYPED = re.compile(r"^(?:    |\$ )(make [^\n#]*?)(?:   .*)?$", re.M)
LISTED = re.compile(r"^\| \d+ \| \[[^\]]+\]\((\w+\.md)\) \|", re.M)
GOAL = re.compile(r"^## ([\w-]+): ", re.M)
LINKED = ("docs/*.md", "docs/book/*", "docs/book/figures/*", "races/README.md", "races/*/README.md",
          "labs/*/handout*.md", "README.md", "CONTRIBUTING.md")


# ---- what chapters cite ----

def options_of(text):
    return dict(re.findall(r"^:(\w+): (.*)$", text, re.M))


def shown(path):
    """(kind, name, options) of each block of the chapter at @path."""
    return [(kind, name, options_of(options)) for kind, name, options in BLOCK.findall(path.read_text())]


def run_text(name):
    path = RUNS / f"{name}.txt"
    return path.read_text() if path.exists() else None


def goals():
    files = [TOP / "Makefile", *sorted((TOP / "mk").glob("*.mk"))]
    return {goal for path in files for goal in GOAL.findall(path.read_text())}


def problem_of_block(kind, name, options):
    try:
        if kind == "source":
            excerpt.find(name, **options)
    except LookupError as error:
        return f"{name}: {error}"
    if kind == "run" and run_text(name) is None:
        return f"no run {name}: tools/book.py record {name}"
    if kind == "run" and (old := list(bookruns.problems_of(name, run_text(name)))):
        return "; ".join([*old, f"tools/book.py record {name}"])
    if kind == "graphviz" and not (BOOK / name).exists():
        return f"no picture {name}"
    return None


def problem_of_typed(line):
    """Of a `make GOAL NAME=text`: what make would refuse."""
    words = shlex.split(line)[1:]
    given = dict(word.split("=", 1) for word in words if "=" in word)
    for goal in (word for word in words if "=" not in word):
        if goal not in goals():
            return f"{line}: no goal {goal}"
        try:
            arguments.check_goal(goal, {name: text for name, text in given.items() if name != "DIR"}
                                 | ({"DIR": "build/none"} if "DIR" in given else {}))
        except SystemExit as refusal:
            return f"{line}: {refusal}"
    return None


def problems_of(path):
    for block in shown(path):
        if problem := problem_of_block(*block):
            yield f"{path.name}: {problem}"
    for line in TYPED.findall(path.read_text()):
        if "..." not in line and "path" not in line and (problem := problem_of_typed(line)):
            yield f"{path.name}: {problem}"


def chapters():
    return LISTED.findall((BOOK / "index.md").read_text())


def problems():
    listed = chapters()
    there = {path.name for path in BOOK.glob("*.md")} - {"index.md"}
    yield from (f"index.md: no chapter {name}" for name in listed if name not in there)
    yield from (f"{name}: not listed in index.md" for name in sorted(there - set(listed)))
    for name in ["index.md", *sorted(there)]:
        yield from problems_of(BOOK / name)
    yield from (f"runs/table: no chapter shows {name}" for name in sorted(set(runs()) - {
        shows for path in BOOK.glob("*.md") for kind, shows, _ in shown(path) if kind == "run"}))


# ---- runs ----

def runs():
    """{name: (words of make, first line, last line)}"""
    rows = [[cell.strip() for cell in f"{line} ".split(" | ")] for line in
            (RUNS / "table").read_text().splitlines() if line and not line.startswith("#")]
    return {name: (words, first, last) for name, words, first, last in rows}


def cut(lines, first, last):
    if re.fullmatch(r"-\d+", first):
        return lines[int(first):]
    start = next((n for n, line in enumerate(lines) if re.search(first, line)), None)
    if start is None:
        raise LookupError(f"no line has {first}")
    stop = next((n for n in range(start, len(lines)) if last and re.search(last, lines[n])),
                len(lines) - 1)
    return lines[start:stop + 1]


def record(name):
    words, first, last = runs()[name]
    done = subprocess.run(["make", "-s", *shlex.split(words)], cwd=TOP, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = [re.sub(r"\x1b\[[\d;]*m|\r", "", line).rstrip() for line in done.stdout.splitlines()]
    try:
        kept = cut(lines, first, last)
    except LookupError as error:
        sys.exit(f"{name}: {error}\n{done.stdout}")
    (RUNS / f"{name}.txt").write_text("\n".join([f"$ make {words}", *kept]) + "\n")
    print(f"{name}: {len(kept)} lines")


# ---- for Sphinx ----

def stage(folder):
    shutil.rmtree(folder, ignore_errors=True)
    for pattern in LINKED:
        for path in TOP.glob(pattern):
            if path.is_file():
                target = folder / path.relative_to(TOP)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)


def main():
    match sys.argv[1:]:
        case ["check"]:
            found = list(problems())
            print(*found, sep="\n", end="\n" if found else "")
            sys.exit(bool(found))
        case ["stage", folder]:
            stage(pathlib.Path(folder))
        case ["record", *names]:
            for name in names or runs():
                record(name)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
