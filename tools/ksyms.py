#!/usr/bin/env python3
"""Turn the output of nm into the assembly of the kernel's symbol table.

    nm kernel.elf | ksyms.py table > ksyms.S

The table lists the functions by address, for kernel/debug/ksyms.c to search;
without input it is empty, for the first of the two links.
"""
import re
import sys

LINE = re.compile(r"^([0-9a-f]+) [tT] ([A-Za-z_][\w.]*)$", re.M)

HEAD = """\
	.section .ksyms, "a"
	.balign 8
	.globl ksym_table, ksym_count
ksym_table:
"""


def table(nm):
    names = dict(sorted(LINE.findall(nm), reverse=True))   # one per address
    symbols = sorted(names.items())
    out = [HEAD]
    out += [f"\t.quad 0x{addr}, {n}f\n" for n, (addr, _) in enumerate(symbols)]
    out += [f"ksym_count:\t.quad {len(symbols)}\n"]
    out += [f'{n}:\t.asciz "{name}"\n' for n, (_, name) in enumerate(symbols)]
    return "".join(out)


if __name__ == "__main__":
    if sys.argv[1:] != ["table"]:
        sys.exit(__doc__)
    sys.stdout.write(table(sys.stdin.read()))
