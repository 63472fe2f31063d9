"""Names below build/ that two runs at the same time do not share.

    folder = claims.folder(BUILD / "trace")     trace, or trace-2, trace-3 ...
    path = claims.file(BUILD / "console.log")   console.log, or console-2.log

The first that no other run has is ours until this program has ended, and what
it becomes by exec.
"""
import fcntl
import itertools
import os


def taken(path, flags):
    """Is somebody at it?  If not, we are now."""
    lock = os.open(path, flags, 0o666)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return True
    os.set_inheritable(lock, True)
    return False


def names(path):
    yield path
    for number in itertools.count(2):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def file(path):
    return next(name for name in names(path) if not taken(name, os.O_WRONLY | os.O_CREAT))


def folder(path):
    for name in names(path):
        name.mkdir(parents=True, exist_ok=True)
        if not taken(name, os.O_RDONLY):
            return name
