#!/usr/bin/env python3
"""Which of Linux's system calls drover has, and what they lack: docs/linux-abi.md.

    linux_abi.py            write it
    linux_abi.py check      is it what the code says?

The code says it in three places:

    kernel/syscall/table.def    the calls that there are
    kernel/syscall/absent.def   those that there are not, and why
    LACKS name, name: text.     in a comment anywhere in the kernel, as a rule
                                above the call: what of it is missing

The text of a mark goes on until the comment ends, or a line of it is empty.
A call without a mark is said to be whole; so who leaves something out marks it.

What Linux's calls are is looked up in the C library's headers for riscv64, as
far as those go: each of them is in one of the two tables, under its number.
"""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
TABLE, ABSENT = "kernel/syscall/table.def", "kernel/syscall/absent.def"
DOCUMENT = TOP / "docs/linux-abi.md"
LAST = 462          # of Linux 6.12: mseal
COMPILER = "riscv64-linux-gnu-gcc"

COMMENT = re.compile(r"/\*.*?\*/", re.S)
MARK = re.compile(r"\bLACKS ([a-z0-9_]+(?:,\s[a-z0-9_]+)*):\s(.*?)(?:\n\n|\Z)", re.S)

HEAD = """\
# Linux's system calls, one by one

<!-- Made of the code by tools/linux_abi.py: change that, and make this anew. -->

Of the {all} calls of Linux 6.12 on riscv64 drover has {have}: {whole} whole, {partial} in part. {absent} are
absent and answer `ENOSYS`; {gone} more do so on Linux, too. `make abi-doc` writes this table, from
`kernel/syscall/table.def`, `kernel/syscall/absent.def` and the marks (`LACKS`) in the code; `make lint` looks
whether it is still what they say.

Whole means that nothing is known to be missing: each flag does what Linux's does, or is refused as there. What differs
without being a lack, and why, is in [caveats](caveats.md). A call that is absent is named on the console by
the lab build, once, with the program that made it.
"""


def rows(path, macro):
    """{number: (name, the rest)}"""
    found = re.findall(rf'^{macro}\(\s*(\d+),\s*(\w+),\s*"((?:[^"\\]|\\.)*)"\)', (TOP / path).read_text(), re.M)
    return {int(number): (name, rest) for number, name, rest in found}


def text_of(comment):
    """Without what makes it a comment; a line with nothing else is empty."""
    lines = (re.sub(r"^\s*(/\*+|\*(?!/))? ?", "", line) for line in comment[:-2].split("\n"))
    return "\n".join(line.rstrip() for line in lines)


def marks():
    """(place, names, text) of each."""
    for path in sorted((TOP / "kernel").rglob("*.[ch]")):
        for comment in COMMENT.findall(path.read_text()):
            for names, text in MARK.findall(text_of(comment)):
                yield path.relative_to(TOP), re.split(r",\s", names), " ".join(text.split())


def lacks(have):
    """{name: text}, and what is wrong with the marks."""
    found, problems = {}, []
    for place, names, text in marks():
        for name in names:
            if name not in have:
                problems.append(f"{place}: LACKS {name}, which is in no row of {TABLE}")
            if name in found:
                problems.append(f"{place}: {name} has a second mark")
            found[name] = text
        if not text.endswith("."):
            problems.append(f"{place}: LACKS {names[0]} does not end with a full stop")
    return found, problems


def linux_calls():
    """{number: name} of the installed headers; {} without them."""
    try:
        done = subprocess.run([COMPILER, "-E", "-dM", "-x", "c", "-"], text=True,
                              input="#include <asm/unistd.h>\n", capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return {}
    macros = dict(re.findall(r"^#define (__NR\w+) (.+)$", done.stdout, re.M))
    calls = {}
    for name in macros.keys() - {"__NR_arch_specific_syscall", "__NR_syscalls"}:
        value = name
        while "__NR" in value:      # one call's number is said by another's
            value = re.sub(r"__NR\w+", lambda macro: macros[macro[0]], value)
        if name.startswith("__NR_"):
            calls[sum(map(int, re.findall(r"\d+", value)))] = name.removeprefix("__NR_")
    return calls


def check_numbers(have, absent):
    both = sorted(set(have) & set(absent))
    yield from (f"{absent[n][0]}, call {n}, is in {TABLE}, and in {ABSENT} still" for n in both)
    ours = {n: row[0] for n, row in {**absent, **have}.items()}
    for number, name in sorted(linux_calls().items()):
        if number <= LAST and ours.get(number) != name:
            yield f"call {number} is {name}: {ABSENT} has a row for each that {TABLE} has not"


def one_line(number, name, how, text):
    return f"| {number} | `{name}` | {how} | {text} |"


def document(have, absent, lacking):
    gone = [n for n, (_, why) in absent.items() if why.startswith("As on Linux")]
    partial = [n for n, (name, _) in have.items() if name in lacking]
    lines = [HEAD.format(all=len(have) + len(absent), have=len(have), partial=len(partial),
                         whole=len(have) - len(partial), absent=len(absent) - len(gone), gone=len(gone)),
             "| number | call | | what is missing, or used instead |", "|---|---|---|---|"]
    for number in sorted({**have, **absent}):
        if number in have:
            name = have[number][0]
            lines.append(one_line(number, name, "partial" if name in lacking else "whole",
                                  lacking.get(name, "")))
        else:
            name, why = absent[number]
            lines.append(one_line(number, name, "gone" if number in gone else "**absent**", why))
    return re.sub(r" +$", "", "\n".join(lines), flags=re.M) + "\n"


def main(check):
    have, absent = rows(TABLE, "SYSCALL"), rows(ABSENT, "ABSENT")
    lacking, problems = lacks({name for name, _ in have.values()})
    problems += check_numbers(have, absent)
    made = document(have, absent, lacking)
    if check and not problems and (not DOCUMENT.exists() or DOCUMENT.read_text() != made):
        problems.append("docs/linux-abi.md is not what the code says: make abi-doc")
    if not check and not problems:
        DOCUMENT.write_text(made)
    print(*problems, sep="\n", end="\n" if problems else "")
    return bool(problems)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["check"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:] == ["check"]))
