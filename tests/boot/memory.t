#!/usr/bin/env python3
"""
Claim   Any memory size that make allows boots, and one too small ends with a
        panic that says so, not with a hang.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

SMALL = str(guest.BUILD / "small.cpio")

for size in ("64M", "128M", "2G", "8G"):
    machine = guest.Machine(mem=size, initrd=SMALL, cmd="/bin/dbox cat /proc/meminfo")
    status, output = guest.run(machine)
    tap.ok(status == 0 and "MemTotal" in output, f"{size} boots", output)

for size in ("24M", "32M"):
    status, output = guest.run(guest.Machine(mem=size, initrd=SMALL, cmd="/bin/dbox true"))
    tap.ok(status == 0 or status == 99 and "PANIC" in output, f"{size} boots or says why not", output)

tap.end()
