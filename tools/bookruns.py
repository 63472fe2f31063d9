"""Are the runs that the book shows still runs of this tree (tools/book.py check)?

Addresses and times are other ones each time.  What stays is how a run is told:
each name in it that the kernel, a model or a tool gave has to stand there still,
and the bug has to be seen by what sees it.  A search by Spin finds the same each
time, so it can be asked again: differs().
"""
import functools
import re
import subprocess

import excerpt
import races

TOP = excerpt.TOP
SPEAKERS = ("kernel", "user", "tests", "models", "tools", "races", "mk", "bench")
NAME = re.compile(r"(?<![\w.])(?:[a-z]\w*_\w+|[A-Z][A-Z]\w*_\w+)")     # as a point, a function, a rank
WORD = re.compile(r"\w+")
# A piece of a name that a column was too narrow for, and what the test's own program said.
CUT = re.compile(r"\w+_$")
LABEL = re.compile(r"^  ([a-z][a-zA-Z -]*?)  +\S")
RANK_ROW = re.compile(r"^([A-Z][A-Z_]+) +(?:all|\d+) ")


@functools.cache
def words():
    """All words of what speaks in a run."""
    found = set()
    for folder in SPEAKERS:
        for path in (TOP / folder).rglob("*"):
            if path.is_file() and path.suffix in {".c", ".h", ".S", ".def", ".pml", ".py", ".mk", ".patch", ""}:
                found |= set(WORD.findall(path.read_text(errors="ignore")))
    return found


def text_of(*names):
    return "\n".join((TOP / name).read_text() for name in names)


def unknown_names(text):
    return sorted({name for name in NAME.findall(text) if not CUT.fullmatch(name)} - words())


def gone_ranks(text):
    """Of a table of locks."""
    ranks = text_of("kernel/sync/ranks.h")
    return [rank for line in text.splitlines() if (found := RANK_ROW.match(line))
            and not re.search(rf"\bX\({(rank := found[1])},", ranks)]


def gone_labels(text):
    """Of what `counters` has printed."""
    said = text_of("user/libcost.c")
    return [found[1] for line in text.splitlines()
            if (found := LABEL.match(line)) and f'"{found[1]}"' not in said]


def unseen_bug(command, text):
    """The bug that was run, if nothing in the run is what it is seen by."""
    found = re.search(r"\bstress .*\bBUG=(\w+)", command)
    race = found and races.find(found[1])
    return race.name if race and race.oracle and not re.search(race.oracle, text) else None


def problems_of(name, text):
    """What in the run @name, as the book shows it, is not of this tree."""
    command, _, output = text.partition("\n")
    yield from (f"{name}: no {word} in this tree" for word in unknown_names(output))
    if " locks " in command:
        yield from (f"{name}: no rank {rank}" for rank in gone_ranks(output))
    if "counters --" in command:
        yield from (f"{name}: counters does not say \"{label}\"" for label in gone_labels(output))
    if bug := unseen_bug(command, text):
        yield f"{name}: {bug} is not seen in it"


def model_of(words_of_make):
    """(model, bug) of a run that is a search, or nothing."""
    found = re.fullmatch(r"models MODEL=(\w+) BUG=(\w+)", words_of_make)
    return found.groups() if found else None


def searched(model, bug):
    """What `make models MODEL= BUG=` prints, now."""
    return subprocess.run(["tools/models.py", model, bug], cwd=TOP, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
