#!/usr/bin/env python3
"""
Claim   What is broken at boot ends in a panic that names it and in exit
        status 99; nothing hangs, nothing half works.
"""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap


def panics(name, says, **machine):
    status, output = guest.run(guest.Machine(**machine))
    line = next((l for l in output.splitlines() if "PANIC" in l), "")
    tap.ok(status == 99 and says in line + "\n", name,
           f"{output}\nstatus {status}, panic line: {line}")


def damaged(folder, name, damage):
    image = bytearray((guest.BUILD / "small.cpio").read_bytes())
    path = pathlib.Path(folder, name)
    path.write_bytes(damage(image))
    return str(path)


def smash(image, offset):
    image[offset:offset + 64] = b"?" * 64
    return image


with tempfile.TemporaryDirectory() as folder:
    panics("no initrd", "no initramfs", initrd="")
    panics("not a cpio archive", "initramfs: ",
           initrd=damaged(folder, "noise", lambda image: b"noise" * 20000))
    panics("a cut archive", "initramfs: ",
           initrd=damaged(folder, "cut", lambda image: image[:len(image) // 2]))
    panics("a damaged header", "initramfs: ",
           initrd=damaged(folder, "smashed", lambda image: smash(image, 110 + 4)))
for lacks, cpu in {"FD": "rv64,d=off,f=off", "D": "rv64,d=off"}.items():
    panics(f"a hart without {lacks}", f"lacks what programs need: {lacks}\n", extra=("-cpu", cpu))
panics("no such init", "cannot run /bin/no-such-program", append="init=/bin/no-such-program")
panics("an unknown race", "points=no-such-race", append="points=no-such-race")

tap.end()
