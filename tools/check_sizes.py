#!/usr/bin/env python3
"""Report how long functions and files are, and how much of what clang and the
layer check look at there is: `make sizes`.  Nothing fails.

    check_sizes.py DIR...

Aims: functions of at most 12 lines in the middle and 35 at nine tenths, few
above 60; files below 350 lines, none above 600.
"""
import pathlib
import re
import statistics
import sys

FUNCTION = re.compile(r"^(?!\s|#|/|typedef|struct \w+ \{|enum|union)[^;{}=]*?(\w+)\([^;{}]*\)[^;{}=]*\n\{\n(.*?)^\}",
                      re.M | re.S)

COUNTED = {
    "upcalls": re.compile(r"/\* upcall \*/"),
    "GUARDED_BY": re.compile(r"\bGUARDED_BY\("),
    "REQUIRES": re.compile(r"\bREQUIRES(_SHARED)?\("),
    "NO_THREAD_SAFETY": re.compile(r"^(?!#| \*).*\bNO_THREAD_SAFETY\b", re.M),
}


def main():
    files, functions = [], []
    counted = dict.fromkeys(COUNTED, 0)
    for folder in sys.argv[1:]:
        for path in sorted(pathlib.Path(folder).rglob("*.[chS]")):
            text = path.read_text()
            files.append((text.count("\n"), str(path)))
            functions += [(body.count("\n"), f"{path}:{name}")
                          for name, body in FUNCTION.findall(text)]
            for what, pattern in COUNTED.items():
                counted[what] += len(pattern.findall(text))

    lengths = sorted(length for length, _ in functions) or [0]
    print(f"{len(files)} files, {sum(n for n, _ in files)} lines; {len(functions)} functions:",
          f"median {statistics.median(lengths):g},",
          f"nine tenths up to {lengths[len(lengths) * 9 // 10]} lines")
    print(", ".join(f"{number} {what}" for what, number in counted.items()))
    for length, name in sorted(functions, reverse=True):
        if length > 60:
            print(f"{length:5} lines in {name}")
    for length, name in sorted(files, reverse=True):
        if length > 600:
            print(f"{length:5} lines in {name}")


if __name__ == "__main__":
    main()
