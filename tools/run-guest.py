#!/usr/bin/env python3
"""Boot drover on this terminal.  The exit status is the guest's.

With --timeout the guest is ended after that many seconds, status 124.
With --gdb QEMU waits for gdb, which is started on this terminal; the
console then goes to build/console.log, and tools/console.py types at it.
"""
import argparse
import os
import sys

import guest


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for field in ("smp", "mem", "board", "kernel", "initrd", "disk", "append", "cmd"):
        parser.add_argument("--" + field, default=getattr(guest.Machine, field))
    parser.add_argument("--timeout", type=int)
    parser.add_argument("--gdb", action="store_true")
    parser.add_argument("--icount", help="as QEMU's -icount")
    args = vars(parser.parse_args())
    timeout, with_gdb, icount = (args.pop(name) for name in ("timeout", "gdb", "icount"))

    machine = guest.Machine(**args)
    if icount:
        machine.extra += ("-icount", icount)
    sys.stdout.flush()
    if with_gdb:
        guest.gdb(machine)
    command = machine.limited(timeout) if timeout else machine.command()
    if timeout:
        command.insert(1, "--foreground")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
