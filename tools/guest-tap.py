#!/usr/bin/env python3
"""Boot drover, run a program whose output is TAP, and pass that on to prove.

    guest-tap.py [--smp N] [--profile lab|release] [--timeout S] "program args"

What the kernel says (lines that begin with "[") is left out.  When the guest
fails or hangs, the end of its console is shown and the status is not 0.  Nor is
it when the guest has taken locks in an order that docs/locking.md does not have.
"""
import argparse
import sys

import guest
import lockgraph
import tap

# What OpenSBI says from 1.4 on, in the middle of a line, when a program tries
# a control register that the hart does not have.
FIRMWARE = "system_opcode_insn: Invalid opcode for CSR read/write instruction"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--profile", default="lab")
    parser.add_argument("--timeout", type=int, default=guest.PATIENCE)
    parser.add_argument("cmd")
    args = parser.parse_args()

    kernel = guest.BUILD / args.profile / "kernel.elf"
    machine = guest.Machine(smp=args.smp, kernel=str(kernel), cmd=args.cmd)
    status, output = guest.run(machine, args.timeout)
    output = output.replace(FIRMWARE, "")
    print(*(line for line in output.splitlines() if not line.startswith("[")), sep="\n")

    if status != 0:
        print(f"# {args.cmd}, {args.smp} harts, {args.profile} kernel:", file=sys.stderr)
        print(*("#   " + line for line in tap.last_words(output)), sep="\n", file=sys.stderr)
        reason = "did not end in time" if status in guest.TIMED_OUT else f"status {status}"
        print(f"# {reason}", file=sys.stderr)
    problems = lockgraph.unknown(lockgraph.seen(output))
    print(*("# " + problem for problem in problems), sep="\n", end="", file=sys.stderr)
    sys.exit(status or bool(problems))


if __name__ == "__main__":
    main()
