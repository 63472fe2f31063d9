#!/usr/bin/env python3
"""
Claim   However many harts there are, on whichever board, and whichever way they
        interrupt each other, all arrive and programs run on them; and harts leave
        and come back, however they are interrupted and fenced.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap


PROCESSORS = "/bin/dbox cat /proc/cpuinfo"


def processors(**machine):
    machine = guest.Machine(**{"cmd": PROCESSORS, **machine})
    status, output = guest.run(machine)
    found = sum(line.startswith("processor") for line in output.splitlines())
    return status, found, output


for harts in (1, 2, 3, 4, 8, 16):
    status, found, output = processors(smp=harts)
    tap.ok(status == 0 and found == harts, f"{harts} of {harts} harts", output)



def lesser_hart(folder):
    """A device tree of two harts, the second of which has no F and no D: as
    letters of one string, and from QEMU 8.2 on in a list of names as well."""
    path = pathlib.Path(folder, "board.dtb")
    machine = guest.Machine(smp=2, board=f"virt,aclint=on,dumpdtb={path}")
    subprocess.run(machine.limited(30), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)
    tree = path.read_bytes()
    for whole, lesser in ((b"rv64imafdc", b"rv64imaccc"), (b"\0a\0f\0d\0", b"\0a\0c\0c\0")):
        before, found, after = tree.rpartition(whole)
        tree = before + (lesser if found else b"") + after
    path.write_bytes(tree)
    return str(path)


with tempfile.TemporaryDirectory() as folder:
    dtb = lesser_hart(folder)
    boot = guest.Machine(smp=2, extra=("-dtb", dtb), append=f"-- {PROCESSORS}")
    status, output = guest.run(boot, timeout=60)
    tap.ok(re.search(r"hart 1\b.*lacks .*FD", output) and output.count("processor") < 2,
           "a hart without F and D stays out", output)

# Not by cmd, where boot is quiet.
status, found, output = processors(smp=66, cmd="", append=f"-- {PROCESSORS}")
tap.ok(status == 0 and found == 64 and len(re.findall("stays stopped, 64 are enough", output)) == 2,
       "66 harts: boots with the 64 it has room for", output)

TWO_NODES = [word for node, harts in enumerate(("0-1", "2-3")) for word in (
    "-object", f"memory-backend-ram,id=node{node},size=256M",
    "-numa", f"node,memdev=node{node},cpus={harts}")]

leaving = "/bin/run-tests abi fork_tree hotplug spin_kill yield"
tables = "/bin/run-tests abi far_memory fork_memory many_maps map_holes mremap proc_mem"
shootdowns = "/bin/run-tests stress -n 3 tlb_protect tlb_remap tlb_sleeper exec_storm"
for name, machine in {
        "IPIs by ACLINT": dict(board="virt,aclint=on", cmd=leaving),
        "IPIs by the firmware": dict(board="virt,aclint=off"),
        "fences by the firmware": dict(append="tlb=rfence", cmd=leaving),
        "and they reach everybody": dict(append="tlb=rfence", cmd=shootdowns),
        "page tables of four levels": dict(append="mmu=sv48", cmd=tables),
        "and of five": dict(append="mmu=sv57", cmd=tables),
        "no ASIDs": dict(append="asids=off", cmd=shootdowns),
        "MSIs instead of a PLIC, which is missed": dict(board="virt,aclint=on,aia=aplic-imsic", cmd=leaving),
        "two NUMA nodes": dict(smp="4,sockets=2,cores=2", extra=TWO_NODES),
        "a CPU without Sstc": dict(extra=("-cpu", "rv64,sstc=off")),
        "the firmware suspends who is idle": dict(append="idle=suspend", cmd=leaving),
        "the release kernel": dict(kernel=str(guest.BUILD / "release/kernel.elf"))}.items():
    machine = guest.Machine(**{"cmd": "/bin/run-tests abi fork_tree spin_kill yield", **machine})
    status, output = guest.run(machine)
    tap.ok(status == 0, f"{name}, 4 harts", output)

suspends = "/bin/dbox cat /proc/drover/counters"
for words, expected in ("", False), ("idle=suspend", True):
    status, output = guest.run(guest.Machine(cmd=suspends, append=words))
    found = re.search(r"^idle_suspends (\d+)", output, re.M)
    tap.ok(status == 0 and found and (int(found[1]) > 0) == expected,
           f"idle harts are suspended by the firmware: {expected}", output)

# Its first hart has no MMU and is passed over, and the firmware draws lots who of
# the others comes first; and it cannot be switched off.
unleashed = guest.Machine(smp=5, board="sifive_u", append=f"-- {PROCESSORS}")
with guest.Console(unleashed) as board:
    board.expect(r"^processor\s: 3\nhart\s+: \d$")
    came = sorted(re.findall(r"^processor\s: \d\nhart\s+: (\d)$", board.output, re.M))
    tap.ok(came == ["1", "2", "3", "4"], "sifive_u, 4 of its 5 harts", board.output)

tap.end()
