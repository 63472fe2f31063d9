#!/usr/bin/env python3
"""
Claim   However many harts there are, and whichever way they interrupt each
        other, all arrive and programs run on them.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap


def processors(**machine):
    machine = guest.Machine(cmd="/bin/dbox cat /proc/cpuinfo", **machine)
    status, output = guest.run(machine)
    found = sum(line.startswith("processor") for line in output.splitlines())
    return status, found, output


for harts in (1, 2, 3, 4, 8):
    status, found, output = processors(smp=harts)
    tap.ok(status == 0 and found == harts, f"{harts} of {harts} harts", output)

status, found, output = processors(smp=12)
tap.ok(status == 0 and found == 8, "12 harts: boots with the 8 it has room for", output)

for name, machine in {
        "IPIs by ACLINT": dict(board="virt,aclint=on"),
        "IPIs by the firmware": dict(board="virt,aclint=off"),
        "fences by the firmware": dict(append="tlb=rfence"),
        "a CPU without Sstc": dict(extra=("-cpu", "rv64,sstc=off")),
        "the release kernel": dict(kernel=str(guest.BUILD / "release/kernel.elf"))}.items():
    machine = guest.Machine(cmd="/bin/run-tests abi fork_tree spin_kill yield", **machine)
    status, output = guest.run(machine)
    tap.ok(status == 0, f"{name}, 4 harts", output)

tap.end()
