#!/usr/bin/env python3
"""Type at the console of a machine that `make gdb` has started.

    console.py [LOG]    the one that is kept there; else the newest

What it has said so far comes first.  While gdb holds the machine, nothing is
answered; what is typed waits.  Ctrl-] leaves, and the machine goes on.
"""
import contextlib
import os
import pathlib
import select
import socket
import sys
import termios
import tty

import guest

LEAVE = b"\x1d"                 # Ctrl-]


def connected(path):
    """A connection to the machine that listens there, or None."""
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(os.path.relpath(path))     # short: such names have a limit
        return line
    except OSError:
        line.close()
        return None


def logs():
    """Where consoles are kept, of the machine started last first."""
    if sys.argv[1:]:
        return [pathlib.Path(sys.argv[1]).resolve()]
    sockets = sorted(guest.BUILD.glob("console*.sock"), key=lambda path: -path.stat().st_mtime)
    return [path.with_suffix(".log") for path in sockets]


def machine():
    """The line to it, and the file of what it has said."""
    for log in logs():
        if line := connected(log.with_suffix(".sock")):
            return line, log
    sys.exit("console: no machine of `make gdb` is there")


@contextlib.contextmanager
def single_keys():
    """Each key goes to the guest as it is, if these are keys."""
    if not sys.stdin.isatty():
        yield
        return
    saved = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)


def talk(line):
    sources = [line, sys.stdin]
    while True:
        for source in select.select(sources, [], [])[0]:
            data = os.read(source.fileno(), 4096)
            if source is line:
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            elif data and LEAVE not in data:
                line.sendall(data)
            else:
                sources.remove(source)
            if not data and source is line or LEAVE in data:
                return


def main():
    line, log = machine()
    print(f"console: {log.relative_to(guest.ROOT)}; Ctrl-] leaves", flush=True)
    sys.stdout.buffer.write(log.read_bytes())
    sys.stdout.buffer.flush()
    with single_keys():
        talk(line)


if __name__ == "__main__":
    main()
