#!/usr/bin/env python3
"""Run a command where programs for riscv64 run, too: those of packages, say.

    foreign.py COMMAND...

Where this machine runs them already, that is all.  Else it is qemu-user that
does, and its entry in binfmt_misc is made in a user namespace of our own: Linux
has one such table for each since 6.7, so this machine's stays as it is, and
ours goes with the last process.  The namespace has all users, for packages have
files of several; that takes root.  Where it cannot be done, one line says why,
and the status is 3.
"""
import ctypes
import os
import pathlib
import shutil
import sys

TABLE = pathlib.Path("/proc/sys/fs/binfmt_misc")
# Linked statically: what it would load would be looked for in the new root.
QEMU = "qemu-riscv64-static"
CANNOT = 3

# An ELF file of 64 bits, little-endian, a program or shared, for RISC-V.
MAGIC = bytes.fromhex("7f454c46 02010100 00000000 00000000 0200f300")
MASK = bytes.fromhex("ffffffff ffffff00 ffffffff ffffffff feffffff")

NEWNS, NEWUSER = 0x00020000, 0x10000000
REC_SLAVE = 0x4000 | 0x80000
USERS = "0 0 65536"

libc = ctypes.CDLL(None, use_errno=True)


def must(status):
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def name_users(pid):
    for kind in ("uid", "gid"):
        pathlib.Path(f"/proc/{pid}/{kind}_map").write_text(USERS)


def enter_namespaces():
    """A child that stays outside says who is who in here."""
    entered, told = os.pipe()
    pid = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(told)
        os.read(entered, 1)
        name_users(pid)
        os._exit(0)
    must(libc.unshare(NEWNS | NEWUSER))
    os.write(told, b".")
    os.close(told)
    os.close(entered)
    if os.waitpid(child, 0)[1]:
        raise OSError("no users in the namespace")
    must(libc.mount(b"none", b"/", None, REC_SLAVE, None))


def escaped(raw):
    return b"".join(b"\\x%02x" % byte for byte in raw)


def register():
    must(libc.mount(b"binfmt_misc", os.fsencode(TABLE), b"binfmt_misc", 0, None))
    (TABLE / "register").write_bytes(b":qemu-riscv64:M::%s:%s:%s:F" % (
        escaped(MAGIC), escaped(MASK), os.fsencode(shutil.which(QEMU))))


def refuse(why):
    print(f"foreign: {why}", file=sys.stderr)
    sys.exit(CANNOT)


def prepare():
    if (TABLE / "qemu-riscv64").exists():
        return
    if os.geteuid() != 0:
        refuse("this takes root, or an entry for riscv64 in binfmt_misc")
    if not shutil.which(QEMU):
        refuse(f"there is no {QEMU}")
    try:
        enter_namespaces()
        register()
    except OSError as error:
        refuse(f"{error}: this takes Linux 6.7, or an entry for riscv64 in binfmt_misc")


if __name__ == "__main__":
    prepare()
    os.execvp(sys.argv[1], sys.argv[1:])
