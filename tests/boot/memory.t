#!/usr/bin/env python3
"""
Claim   Any memory size that make allows boots, and one too small ends with a
        panic that says so, not with a hang.
"""
import pathlib
import sys
import tempfile

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



# QEMU puts an archive at half of memory, and the device tree 2 MiB before its end.
ROOM = (64 - 32 - 2 - 2) << 20


def with_large_file(folder):
    """The small archive, and in front of it a file that fills the room.  And how large that is."""
    small = pathlib.Path(SMALL).read_bytes()
    size = ROOM - len(small) - (64 << 10) & -4096
    head = b"070701" + b"".join(b"%08X" % n for n in (9999, 0o100644, 0, 0, 1, 0, size, 0, 0, 0, 0, 6, 0))
    path = pathlib.Path(folder, "large.cpio")
    path.write_bytes(head + b"large\0" + bytes(range(256)) * (size >> 8) + small)
    return str(path), size


# What has been copied is given back on the way: archive and copy need not both fit.
with tempfile.TemporaryDirectory() as folder:
    image, size = with_large_file(folder)
    status, output = guest.run(guest.Machine(mem="64M", initrd=image, cmd="/bin/busybox ls -l /large"), timeout=90)
    tap.ok(status == 0 and str(size) in output, "an archive of half the memory boots", output)

tap.end()
