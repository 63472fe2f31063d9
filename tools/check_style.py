#!/usr/bin/env python3
"""The rules of style in CONTRIBUTING.md that a machine can look at.

    check_style.py FOLDER

  S1  a file opens with a comment that names it: "room/file.c - what it is for"
  S2  no #if inside a function
  S3  no line over 100 columns
  S4  who spins for another hart does so in spin_until(), which the lab build
      watches; SPINS has the others, and why not
"""
import pathlib
import re
import sys

HEAD = re.compile(r"(?:#pragma once\n\n)?/\*\n \* (\S+) - ")

SPIN = re.compile(r"\b(?:spin_pause|cpu_relax)\(\)")
SPINS = {
    "arch/barrier.h": "it is spin_until()",
    "arch/riscv/hart.c": "it is spin_pause()",
    "init/overflow.c": "whom an interrupt finds has waited for it",
    "arch/riscv/smp.c": "until a deadline",
    "arch/riscv/tlb.c": "for an ack, which has a watch of its own",
    "sync/spinlock.c": "for a lock, which has a watch of its own",
    "sync/lockspin.c": "while somebody runs, and not beyond its own turn",
    "init/panic.c": "a hart that is to report, or to stop",
}


def spins_unseen(name, lines):
    if name in SPINS or name.startswith("debug/"):
        return
    for number, line in enumerate(lines, 1):
        if SPIN.search(line):
            yield number


def body_lines(lines):
    """The lines inside functions, with their numbers from 1."""
    inside = False
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            inside = True
        elif line.startswith("}"):
            inside = False
        elif inside:
            yield number, line


def check(path, name):
    text = path.read_text()
    lines = text.split("\n")
    head = HEAD.match(text)
    if head is None or head[1] != name:
        yield f"S1 {path}: does not open with its name and what it is for"
    for number, line in body_lines(lines):
        if line.startswith("#if"):
            yield f"S2 {path}:{number}: #if inside a function"
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs()) > 100:
            yield f"S3 {path}:{number}: a line of {len(line.expandtabs())} columns"
    for number in spins_unseen(name, lines):
        yield f"S4 {path}:{number}: a loop that spins, and is not spin_until()"


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1])
    files = sorted(p for p in root.rglob("*") if p.suffix in {".c", ".h"})
    problems = [m for p in files for m in check(p, str(p.relative_to(root)))]
    print(*problems, sep="\n", end="\n" if problems else "")
    sys.exit(bool(problems))
