#!/usr/bin/env python3
"""What calls answer at their edges, on Linux and on drover: the differences.

    abi-diff.py [--kernel IMAGE] [--smp N] [--profile lab|release] [--record]

The same static program (tests/abi-diff/walk.c) runs on both and says one line
for each call.  Without the Image of a Linux, drover is compared with what one
has said before (tests/abi-diff/linux.txt); --record writes that anew.

Differences that are meant are in tests/abi-diff/decided.txt, with reasons; one
that is there and no difference any more is said, too.  The status is 1 when
there is anything to say, 2 when a program did not come to its end.
"""
import argparse
import fnmatch
import sys

import arguments
import guest

FOLDER = guest.ROOT / "tests/abi-diff"
RECORDED = FOLDER / "linux.txt"
DECIDED = FOLDER / "decided.txt"
PROGRAM = "/tests/abi-diff/walk"
PATIENCE = 3600     # seconds: that it hangs, not that a kernel or the host is slow


def walk(name, machine):
    """The lines of the program on @machine."""
    machine.cmd = PROGRAM
    print(f"abi-diff: {name}", file=sys.stderr)
    _, output = guest.run(machine, PATIENCE)
    begin, found, rest = output.partition("==== walk begin\n")
    lines, ended, _ = rest.partition("==== walk end\n")
    if not (found and ended):
        print(*(begin + lines).splitlines()[-20:], sep="\n", file=sys.stderr)
        print(f"abi-diff: {name} did not come to the end", file=sys.stderr)
        sys.exit(2)
    return lines.splitlines()


def split(line):
    """A call, and what it answered."""
    call, equals, answer = line.rpartition(" = ")
    if equals:
        return call, answer
    for word in (" waits", " died of ", " exit "):
        if word in line:
            call, word, rest = line.rpartition(word)
            return call, (word + rest).strip()
    return line, ""


def answers(lines):
    """{call: answer}; of calls said twice, as often as they are said."""
    said = {}
    for call, answer in map(split, lines):
        said[call] = f"{said[call]}, {answer}" if call in said else answer
    return said


def differences(linux, drover):
    """(call, what Linux answers, what drover does), as Linux has them in order."""
    for call in [*linux, *(call for call in drover if call not in linux)]:
        one, other = linux.get(call, "(not said)"), drover.get(call, "(not said)")
        if one != other:
            yield call, one, other


def decided_patterns():
    lines = DECIDED.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def report(found, patterns):
    """Says what is not decided; True: there is something."""
    used, left = set(), []
    for difference in found:
        matching = [p for p in patterns if fnmatch.fnmatchcase(difference[0], p)]
        used.update(matching)
        if not matching:
            left.append(difference)
    for call, one, other in left:
        print(f"{call}\n        Linux   {one}\n        drover  {other}")
    stale = [pattern for pattern in patterns if pattern not in used]
    for pattern in stale:
        print(f"decided, but no difference: {pattern}")
    print(f"abi-diff: {len(left)} differences, {len(found) - len(left)} more are decided")
    return bool(left or stale)


def linux_lines(kernel):
    if not kernel:
        return RECORDED.read_text().splitlines()
    machine = guest.Machine(smp=2, mem="1G", kernel=kernel, append="rdinit=/init")
    return walk("Linux", machine)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel")
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--profile", default="lab")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    if args.record and not args.kernel:
        arguments.refuse("--record: of which --kernel?")

    linux = linux_lines(args.kernel)
    if args.record:
        RECORDED.write_text("".join(line + "\n" for line in linux))
    drover = walk("drover", guest.Machine(smp=args.smp, kernel=guest.kernel(args.profile)))
    found = list(differences(answers(linux), answers(drover)))
    sys.exit(report(found, decided_patterns()))


if __name__ == "__main__":
    main()
