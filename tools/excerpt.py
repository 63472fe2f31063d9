"""A definition out of a source file, by its name, as the book shows it.

    excerpt.find("kernel/mm/cow.c:install_copy")
    excerpt.find("kernel/arch/riscv/trap.S:to_user_now")
    excerpt.find("kernel/mm/cow.c:copy_one", first="race_point", last="cow_lost")

Found are functions, structs, enums and macros of C, with the comment above
them, labels of assembly and blocks of Promela.  What is not there, or no
longer has the lines named, is a LookupError.
"""
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parent.parent


def beginning(lines, name):
    """The line on which @name is defined, and the pattern that ends it."""
    word = re.escape(name)
    for n, line in enumerate(lines):
        if re.match(rf"#define {word}\b", line):
            return n, r"(?!.*\\$)"
        if re.match(rf"(struct|enum|union)\b.*\b{word} \{{$", line):
            return n, r"\}"
        if re.match(rf"(static )?(inline|proctype|active.*proctype|init)\b.*\b{word}\(.*\{{?$", line) \
                and not line.endswith(";") and "\t" not in line[:1] and is_body(lines, n):
            return n, r"\}"
        if re.match(rf"[A-Za-z_][^;=]*\b{word}\(", line) and is_body(lines, n):
            return n, r"\}"
        if line == f"{name}:":
            return n, r"$"
    raise LookupError(f"no definition of {name}")


def is_body(lines, n):
    """Of what begins at @n the braces come before a semicolon."""
    for line in lines[n:n + 12]:
        if line == "{" or line.endswith("{"):
            return True
        if line.endswith(";") or not line:
            return False
    return False


def comment_above(lines, n):
    """Where the comment begins that ends right above @n; else @n."""
    if n and lines[n - 1].endswith("*/"):
        for above in range(n - 1, -1, -1):
            if lines[above].lstrip().startswith("/*"):
                return above
    return n


def narrowed(lines, first, last):
    """From the line that has @first to the one that has @last."""
    def at(text, start, otherwise):
        if not text:
            return otherwise
        for n in range(start, len(lines)):
            if text in lines[n]:
                return n
        raise LookupError(f"no line has {text}")

    start = at(first, 0, 0)
    return lines[start:at(last, start, len(lines) - 1) + 1]


def find(where, first="", last=""):
    path, _, name = where.partition(":")
    if not (TOP / path).is_file():
        raise LookupError(f"no file {path}")
    lines = (TOP / path).read_text().splitlines()
    if name:
        n, ends = beginning(lines, name)
        stop = next((k for k in range(n if ends[0] == "(" else n + 1, len(lines))
                     if re.match(ends, lines[k])), None)
        if stop is None:
            raise LookupError(f"{name} in {path} has no end")
        lines = lines[comment_above(lines, n):stop + 1]
    return "\n".join(narrowed(lines, first, last)).rstrip()
