#!/usr/bin/env python3
"""What static analysers say of the sources, beside what we answer.

    analyse.py [--said build/analyse] [--answers tools/analyse.answers] [FOLDER...]

mk/analyse.mk has asked gcc's analyser and clang-tidy about each C file, of which
those below FOLDER are looked at, or all. A finding is mended, or answered by a
line of the answers:

    FILE FUNCTION CHECK: the reason

where FUNCTION is `-` outside of all, and each may be a pattern. An answer to what nobody says any more is an
error of its own, but where the analysers are not those that the answers were
given to (their first line): another one may see further, or less far.

The status is 0 when each finding is answered, and each answer asked for.
"""
import argparse
import collections
import fnmatch
import pathlib
import re
import subprocess
import sys

import guest

FINDING = re.compile(r"^(\S+?):(\d+):\d+: (?:warning|error): (.*) \[(?:CWE-\d+\] \[)?-?W?([\w.,+-]+)\]$")
BODY = re.compile(r"^[A-Za-z_][^;=]*?\b(\w+)\((?!.*;$)")
ANSWER = re.compile(r"^(\S+) (\S+) (\S+): (\S.*)$")
PLANTED = "tests/analyse/"        # for the test of all this
READ_BY = re.compile(r"^# To gcc (\d+), clang-tidy (\d+)\.$", re.M)


def function_at(path, line):
    """The function of @path that @line stands in, or `-`."""
    lines = path.read_text(errors="replace").split("\n")[:line]
    for text in reversed(lines):
        if text == "}" and text is not lines[-1]:
            break
        found = BODY.match(text)
        if found and not text.startswith(("#", "/", "*")):
            return found[1]
    return "-"


def finding(match, root):
    path = pathlib.Path(match[1])
    path = path.relative_to(root) if path.is_absolute() else path
    check = match[4].removeprefix("analyzer-").split(",")[0]
    function = function_at(root / path, int(match[2]))
    return (str(path), function, check), f"{path}:{match[2]}: in {function}: {match[3]} [{check}]"


def findings(said, folders, root):
    """{(file, function, check): {the finding's line}} of all that was asked."""
    found = collections.defaultdict(set)
    for path in sorted(p for p in said.rglob("*") if p.suffix in (".gcc", ".tidy")):
        source = str(path.relative_to(said))
        if not source.startswith(tuple(f + "/" for f in folders) or ""):
            continue
        if not folders and source.startswith(PLANTED):
            continue
        for line in path.read_text(errors="replace").split("\n"):
            match = FINDING.match(line)
            if match:
                key, text = finding(match, root)
                found[key].add(text)
    return found


def read_answers(path):
    """{(file, function, check): the reason}; what is no answer ends the run."""
    answers = {}
    for number, line in enumerate(path.read_text().split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        match = ANSWER.match(line)
        if match is None:
            sys.exit(f"{path}:{number}: not FILE FUNCTION CHECK: REASON")
        answers[match[1], match[2], match[3]] = match[4]
    return answers


def fits(answer, key):
    return all(fnmatch.fnmatchcase(part, pattern) for part, pattern in zip(key, answer))


def major(program, pattern):
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    match = re.search(pattern, said)
    return match[1] if match else "?"


def are_those_answered(path):
    """Are these the analysers that the answers were given to?"""
    match = READ_BY.search(path.read_text())
    here = (major("riscv64-linux-gnu-gcc", r"\) (\d+)\."), major("clang-tidy", r"version (\d+)\."))
    return match is not None and match.groups() == here


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--said", type=pathlib.Path, default=guest.ROOT / "build/analyse")
    parser.add_argument("--answers", type=pathlib.Path, default=guest.ROOT / "tools/analyse.answers")
    parser.add_argument("--root", type=pathlib.Path, default=guest.ROOT)
    return parser.parse_args()


def main():
    args = options()
    answers = read_answers(args.answers)
    found = findings(args.said, args.folders, args.root)
    answered = {key: [answer for answer in answers if fits(answer, key)] for key in found}
    open_ones = sorted(text for key in found if not answered[key] for text in found[key])
    asked = {answer for those in answered.values() for answer in those}
    unasked = [answer for answer in answers.keys() - asked
               if not args.folders and are_those_answered(args.answers)]
    print(*open_ones, sep="\n", end="\n" if open_ones else "")
    for key in sorted(unasked):
        print(f"{args.answers.name}: nobody says {' '.join(key)} any more")
    print(f"analyse: {len(found)} findings, {sum(map(bool, answered.values()))} answered, "
          f"{len(open_ones)} open, {len(unasked)} answers too many")
    sys.exit(bool(open_ones or unasked))


if __name__ == "__main__":
    main()
