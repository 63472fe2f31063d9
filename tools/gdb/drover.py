"""Commands for gdb that know drover's structures; `make gdb` loads them.

    harts              what each hart runs
    tasks              the tree of processes, with their threads
    runq               who waits to run, on each hart
    locks              who holds which locks, and which hart spins for what
    trapframe [TID]    the registers of user mode, as they were saved on the way in
    csr                the control registers of the selected hart, in words
    pagetable VA       the walk of VA from each level's entry
    vmas [PID]         what a process has mapped
    page POINTER       what a struct page says of its frame; $bytes are its bytes
    mappers POINTER    which address spaces map that page, and where
    program NAME       the symbols of a program, as in `program tests/stress/dirtycow`
    drover             this list

Harts are gdb's threads: `thread 2` selects the one that the firmware calls 1.
"""
import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import look         # noqa: F401: found by the line above
import machine
import memory
import tasks


class Drover(gdb.Command):
    """drover: the commands that know the kernel's structures."""

    def __init__(self):
        super().__init__("drover", gdb.COMMAND_SUPPORT)

    def invoke(self, *_):
        print(__doc__)


Drover.__doc__ = __doc__
for command in (Drover, tasks.Harts, tasks.Tasks, tasks.Runq, tasks.Locks, machine.Trapframe,
                machine.Csr, machine.Program, memory.PageTable, memory.Page, memory.Vmas,
                memory.Mappers):
    command()


def end_machine(_):
    """It goes with the debugger: else gdb leaves it running, and newer ones wait for
    its end, which nobody asks for."""
    for inferior in gdb.inferiors():
        if inferior.pid:
            try:
                gdb.execute(f"kill inferiors {inferior.num}")
            except gdb.error:       # it has gone before it answered
                pass


gdb.events.gdb_exiting.connect(end_machine)
