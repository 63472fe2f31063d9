#!/usr/bin/env python3
"""
Claim   What is broken at boot ends in a panic that names it and in exit
        status 99; nothing hangs, nothing half works.
"""
import pathlib
import subprocess
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


FIELDS = ("ino", "mode", "uid", "gid", "nlink", "mtime", "size", "major", "minor", "rmajor", "rminor",
          "namesize", "check")


def header_of(image, name):
    """Where the header of the entry begins that has the name."""
    at = 0
    while True:
        size, name_size = int(image[at + 54:at + 62], 16), int(image[at + 94:at + 102], 16)
        if image[at + 110:at + 109 + name_size] == name.encode():
            return at
        at = (at + 110 + name_size + 3) // 4 * 4
        at = (at + size + 3) // 4 * 4


def changed(name, field, value):
    """What damages one field of one header."""
    def change(image):
        at = header_of(image, name) + 6 + 8 * FIELDS.index(field)
        image[at:at + 8] = b"%08X" % value
        return image
    return change


def renamed(name, new):
    def change(image):
        at = header_of(image, name) + 110
        image[at:at + len(new)] = new.encode()
        return image
    return change


def accepted(cpu):
    """QEMU from 8.1 on has Zfa, too, which needs F; before, it does not know its name."""
    tried = subprocess.run(["qemu-system-riscv64", "-M", "virt", "-cpu", cpu, "-S",
                            "-display", "none", "-monitor", "stdio"], input=b"quit\n",
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    return cpu if tried.returncode == 0 else cpu + ",zfa=off"


with tempfile.TemporaryDirectory() as folder:
    for what, says, damage in (
            ("a type there is not", "bin/dsh: no such type", changed("bin/dsh", "mode", 0o150755)),
            ("a device with data", "bin/dsh: data", changed("bin/dsh", "mode", 0o020666)),
            ("a directory with data", "bin/dsh: data", changed("bin/dsh", "mode", 0o040755)),
            ("a file that is shorter", "behind bin/dsh: bad magic", changed("bin/dsh", "size", 100)),
            ("a byte shorter", "do not fit", changed("etc/passwd", "size", 70)),
            ("larger than the archive", "truncated", changed("bin/dsh", "size", 0x7fffffff)),
            ("a sum", "bad sum", changed("bin/dsh", "check", 1)),
            ("no links", "bin/dsh: no links", changed("bin/dsh", "nlink", 0)),
            ("a name twice", "bin/cat: it is there", renamed("bin/dsh", "bin/cat")),
            ("a name that leads out", "bad name", renamed("bin/dsh", "../dsh/")),
            ("a name with a NUL", "bad header", renamed("bin/dsh", "bin\0dsh")),
            ("a file for a folder", "a directory is needed", changed("bin", "mode", 0o100755))):
        panics(what, says, initrd=damaged(folder, "changed", damage))
    panics("no initrd", "no initramfs", initrd="")
    panics("not a cpio archive", "initramfs: ",
           initrd=damaged(folder, "noise", lambda image: b"noise" * 20000))
    panics("a cut archive", "initramfs: ",
           initrd=damaged(folder, "cut", lambda image: image[:len(image) // 2]))
    panics("a damaged header", "initramfs: ",
           initrd=damaged(folder, "smashed", lambda image: smash(image, 110 + 4)))
for lacks, cpu in {"FD": "rv64,d=off,f=off", "D": "rv64,d=off"}.items():
    panics(f"a hart without {lacks}", f"lacks what programs need: {lacks}\n",
           extra=("-cpu", accepted(cpu)))
panics("no such init", "cannot run /bin/no-such-program", append="init=/bin/no-such-program")
panics("an unknown race", "points=no-such-race", append="points=no-such-race")

tap.end()
