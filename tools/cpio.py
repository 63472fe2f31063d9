"""Archives as the kernel's initramfs is one (cpio, newc).

    smaller = cpio.without(archive, lambda path: path.startswith("bench/"))
"""
HEAD = 110                              # bytes of an entry before its name
SIZE, NAME_SIZE = slice(54, 62), slice(94, 102)


def padded(size):
    return (size + 3) & ~3


def entries(archive):
    """Of each its path, and all its bytes."""
    at = 0
    while at + HEAD <= len(archive):
        head = archive[at:at + HEAD]
        name_size = int(head[NAME_SIZE], 16)
        data = padded(HEAD + name_size)
        size = data + padded(int(head[SIZE], 16))
        yield archive[at + HEAD:at + HEAD + name_size - 1].decode(), archive[at:at + size]
        at += size


def without(archive, dropped):
    return b"".join(entry for path, entry in entries(archive) if not dropped(path))
