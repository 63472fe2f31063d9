#!/usr/bin/env python3
"""
Claim   docs/linux-abi.md is made of the tables and marks, and `make lint`
        notices when it is not what they say: a mark more, one of a call that
        there is not, two of one call, a call that has come and is called
        absent still, one of Linux's that nobody mentions.
Method  tools/linux_abi.py on a copy of the tree's tables, changed.
"""
import contextlib
import io
import pathlib
import shutil
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import linux_abi
import tap

CODE = "/*\n * Of files.\n *\n * LACKS read, write: they are slow,\n * both.\n */\n"


def says(change, check=True):
    """(status, what was said) in a tree that @change was made to."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        (tree / "docs").mkdir()
        (tree / "kernel/syscall").mkdir(parents=True)
        for name in (linux_abi.TABLE, linux_abi.ABSENT):
            shutil.copy(TOP / name, tree / name)
        (tree / "kernel/file.c").write_text(CODE)
        linux_abi.TOP, linux_abi.DOCUMENT = tree, tree / "docs/linux-abi.md"
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            linux_abi.main(False)
            change(tree)
            status = linux_abi.main(check)
        return status, said.getvalue(), linux_abi.DOCUMENT.read_text()


def appends(name, text):
    return lambda tree: (tree / name).write_text((tree / name).read_text() + text)


def removes(name, row):
    return lambda tree: (tree / name).write_text(
        "".join(line for line in (tree / name).read_text().splitlines(True) if row not in line))


def refused(words, change):
    status, said, _ = says(change)
    tap.ok(status and words in said, f"noticed: {words}", said)


status, said, made = says(lambda tree: None)
tap.ok(not status and not said, "what was made is fresh", said)
tap.ok("| 63 | `read` | partial | they are slow, both. |\n| 64 | `write` | partial | they are slow, both. |\n" in made,
       "a mark may be of several calls, and have several lines", made[:2000])
tap.ok("| 57 | `close` | whole | |\n" in made.replace("|  |", "| |") and "| 60 | `quotactl` | **absent** |" in made,
       "no mark: whole; no row: absent", made[:2000])
refused("is not what the code says", appends("kernel/file.c", "/* LACKS close: more. */\n"))
refused("LACKS unread, which is in no row", appends("kernel/file.c", "/* LACKS unread: more. */\n"))
refused("read has a second mark", appends("kernel/file.c", "/* LACKS read: more. */\n"))
refused("does not end with a full stop", appends("kernel/file.c", "/* LACKS close: more */\n"))
refused("quotactl, call 60, is in", appends(linux_abi.TABLE, 'SYSCALL( 60, quotactl,\t"")\n'))
refused("call 60 is quotactl", removes(linux_abi.ABSENT, "quotactl,"))
tap.end()
