#!/usr/bin/env python3
"""Pack the root file system into a cpio archive (newc), as the kernel wants it.

    make-image.py OUT [--root DIR] [--skeleton DIR] [--busybox FILE] PROGRAM...

PROGRAMs are paths inside --root.  The skeleton is copied whole.  BusyBox, if
FILE is there and not empty, becomes /bin/busybox with a link for each applet
that no program of ours replaces; without it /bin/sh is /bin/dsh.  Files belong
to root, and the same input gives the same archive on any machine.
"""
import argparse
import os
import pathlib
import stat

# What a system expects to find, and who may write there.
FOLDERS = {"bin": 0o755, "dev": 0o755, "etc": 0o755, "proc": 0o555,
           "root": 0o700, "sbin": 0o755, "tmp": 0o1777, "usr": 0o755,
           "usr/bin": 0o755, "var": 0o755, "var/tmp": 0o1777}


class Image:
    def __init__(self):
        self.files = {}    # path: (mode, data)

    def add(self, path, mode, data=b""):
        for parent in list(pathlib.PurePath(path).parents)[-2::-1]:
            self.files.setdefault(str(parent), (stat.S_IFDIR | 0o755, b""))
        self.files[path] = (mode, data)

    def link(self, path, target):
        if path not in self.files:
            self.add(path, stat.S_IFLNK | 0o777, target.encode())

    def copy(self, source, path):
        mode = source.lstat().st_mode
        if stat.S_ISLNK(mode):
            self.add(path, mode, os.readlink(source).encode())
        elif stat.S_ISDIR(mode):
            self.add(path, mode)
        else:
            self.add(path, mode, source.read_bytes())

    def archive(self):
        entries = [*sorted(self.files.items()), ("TRAILER!!!", (0, b""))]
        return b"".join(entry(ino, path, *file) for ino, (path, file) in enumerate(entries, 1))


def entry(ino, path, mode, data):
    name = path.encode() + b"\0"
    fields = (ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    return pad(head) + pad(data)


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def applets(binary):
    """The names BusyBox answers to, which it keeps sorted in one string."""
    names = binary[binary.index(b"[\0[[\0"):].split(b"\0", 1000)
    last = next(n for n in range(len(names)) if names[n + 1] <= names[n])
    return [name.decode() for name in names[:last + 1]]


def add_busybox(image, path):
    binary = path.read_bytes() if path and path.exists() else b""
    if not binary:
        image.link("bin/sh", "dsh")
        return
    image.add("bin/busybox", stat.S_IFREG | 0o755, binary)
    for name in applets(binary):
        image.link("bin/" + name, "busybox")


def write_whole(path, data):
    """All at once: somebody may just be booting what was there before."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_bytes(data)
    new.rename(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--root", type=pathlib.Path)
    parser.add_argument("--skeleton", type=pathlib.Path)
    parser.add_argument("--busybox", type=pathlib.Path)
    parser.add_argument("programs", nargs="*")
    args = parser.parse_intermixed_args()

    image = Image()
    if args.root:
        for folder, mode in FOLDERS.items():
            image.add(folder, stat.S_IFDIR | mode)
    for program in args.programs:
        image.copy(args.root / program, program)
    for source in sorted(args.skeleton.rglob("*")):
        image.copy(source, str(source.relative_to(args.skeleton)))
    if args.root:
        add_busybox(image, args.busybox)
    write_whole(args.out, image.archive())


if __name__ == "__main__":
    main()
