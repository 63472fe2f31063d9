#!/usr/bin/env python3
"""Print what bench/run.sh measured beside what it is compared with.

    table.py [--some] [--linux] [--times] [--write FILE.md]

The table: instructions with one hart, events with four. "Linux" is the figure
the bar is made of: Linux 6.13.7; with a dagger Debian's 6.12; with two that
kernel by this very program (bench/reference.tsv says how each was taken).
What is above its bar, or has more fences or IPIs than its row may have, is
marked "!", and the exit status is then 1. A row that was not measured counts
as above, but with --some.

--linux   shows the Linux kernel that bench/run.sh linux measured; no verdict
--times   a second table: nanoseconds with four harts, both kernels
--write   puts the table between the markers in FILE.md too
"""
import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE.parent / "build" / "bench"
COLUMNS = ("insn", "fences", "satp", "ipis", "faults", "copies", "ns")
REFERENCE = ("linux-6.13", "debian-lean", "debian-here")
MARKS = ("", "†", "‡")
NOISE = 0.05        # events of the rest of the machine, per operation
LOCK_NOISE = 0.01   # locks that reading the counters takes, per fault
BEGIN, END = "<!-- table -->", "<!-- end of table -->"


def number(text):
    return None if text in ("", "-") else float(text)


def rows_of(path, columns):
    """{row: {column: number or None}} of a file of tab-separated lines."""
    rows = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        name, *fields = line.split("\t")
        if line[:1] not in "#=" and len(fields) == len(columns):
            rows[name] = {c: f if c == "bar" else number(f) for c, f in zip(columns, fields)}
    return rows


def measured(name):
    return rows_of(RESULTS / f"{name}.tsv", COLUMNS)


def linux_of(reference):
    """The figure of Linux that counts, and the mark that says which it is."""
    for column, mark in zip(REFERENCE, MARKS):
        if reference[column] is not None:
            return reference[column], mark
    return None, ""


def bar_of(reference):
    linux, _ = linux_of(reference)
    if reference["bar"] == "-" or linux is None:
        return None
    return linux / 2 if reference["bar"] == "half" else linux


def show(value, mark=""):
    if value is None:
        return ""
    digits = 0 if value >= 100 or value == int(value) else 2
    return f"{value:,.{digits}f}{mark}"


def is_above(value, limit):
    return value is not None and limit is not None and value > limit


def judge(row, reference, insn, events):
    """Complaints about a row, by column."""
    bad = set()
    bar = bar_of(reference)
    if bar is not None and insn.get("insn") is None or not (insn or events):
        bad.add("missing")
    if is_above(insn.get("insn"), bar):
        bad.add("insn")
    for column in ("fences", "ipis"):
        limit = reference[column]
        if limit is not None and is_above(events.get(column), limit + NOISE):
            bad.add(column)
    return bad


def line_of(row, reference, insn, events, bad):
    linux, mark = linux_of(reference)
    flag = {column: " !" for column in bad}
    cells = [row, "missing !" if "missing" in bad else show(insn.get("insn"), flag.get("insn", "")),
             show(linux, mark), show(bar_of(reference)), show(reference["target"])]
    cells += [show(events.get(c), flag.get(c, "")) for c in COLUMNS[1:6]]
    return cells


def markdown(head, lines):
    widths = [max(len(line[i]) for line in (head, *lines)) for i in range(len(head))]
    def text(cells):
        return "| " + " | ".join(c.ljust(w) if i == 0 else c.rjust(w)
                                 for i, (c, w) in enumerate(zip(cells, widths))) + " |"
    rule = "|" + "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":"
                          for i, w in enumerate(widths)) + "|"
    return "\n".join([text(head), rule, *map(text, lines)])


def drover_table(references, some):
    """The table, and how many rows are not as they should be."""
    one, four = measured("drover-1"), measured("drover-4")
    lines, failures = [], 0
    for row, reference in references.items():
        insn, events = one.get(row, {}), four.get(row, {})
        if some and not insn and not events:
            continue
        bad = judge(row, reference, insn, events)
        failures += bool(bad)
        lines.append(line_of(row, reference, insn, events, bad))
    head = ("per operation", "drover", "Linux", "bar", "target", *COLUMNS[1:4], *COLUMNS[4:6])
    return markdown(head, lines), failures


def linux_table(references):
    one = measured("linux-1")
    lines = [[row, show(one[row]["insn"]), *(show(reference[c]) for c in REFERENCE)]
             for row, reference in references.items() if row in one]
    return markdown(("per operation", "this Linux", *REFERENCE), lines)


def times_table(references):
    drover, linux = measured("drover-4"), measured("linux-4")
    lines = []
    for row in references:
        ours, theirs = (m.get(row, {}).get("ns") for m in (drover, linux))
        ratio = f"{theirs / ours:.1f}" if ours and theirs else ""
        lines.append([row, show(ours), show(theirs), ratio])
    return markdown(("ns per operation, four harts", "drover", "Linux", "times faster"), lines)


def locks_table():
    """The locks taken per fault of four threads, and how many were not free."""
    path = RESULTS / "drover-locks.tsv"
    locks = [line.split("\t")[2:] for line in path.read_text().splitlines()
             if line.startswith("# lock\t")] if path.exists() else []
    lines = [(rank, taken, busy + " !" * (float(busy) > LOCK_NOISE))
             for rank, taken, busy in locks if float(taken) > LOCK_NOISE]
    failures = sum(busy.endswith("!") for _, _, busy in lines)
    return markdown(("lock, per fault", "taken", "not free"), lines) if lines else "", failures


def write_into(path, text, begin=BEGIN, end=END):
    old = path.read_text()
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    if not pattern.search(old):
        sys.exit(f"{path}: no line {begin} ... {end}")
    path.write_text(pattern.sub(lambda _: f"{begin}\n\n{text}\n\n{end}", old))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for flag in ("some", "linux", "times"):
        parser.add_argument("--" + flag, action="store_true")
    parser.add_argument("--write", type=pathlib.Path, metavar="FILE.md")
    args = parser.parse_args()

    references = rows_of(HERE / "reference.tsv", (*REFERENCE, "bar", "target", "fences", "ipis"))
    if args.linux:
        print(linux_table(references))
        return 0
    table, failures = drover_table(references, args.some)
    locks, contended = locks_table()
    failures += contended
    times = times_table(references) if args.times else ""
    text = "\n\n".join(part for part in (table, locks, times) if part)
    print(text)
    if args.write:
        write_into(args.write, text)
    if failures:
        print(f"\n{failures} rows are above the bar, or missing", file=sys.stderr)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
