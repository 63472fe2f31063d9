#!/usr/bin/env python3
"""The machine of lab tour, and the answers of its run (labs/tour/handout.md).

    tour.py SEED            gdb, with that machine stopped before its first instruction
    tour.py SEED --answers  what there is to be found, for the lecturer

The same kernel and number give the same answers; another build may give others.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import chaos
import guest

PROGRAMS = ("fork_pid", "pipe_eof", "hunt", "frame_count", "cow_reuse", "tlb_remap", "late_wake")
ANSWER = re.compile(r"^(\w+): (0x[0-9a-f]+)$", re.M)


def machine(seed):
    """Process 1 is another program for another number; one that is alone needs no luck."""
    test = PROGRAMS[seed % len(PROGRAMS)]
    return guest.Machine(smp=2, mem="64M", initrd=chaos.pack(test),
                         append=f"init=/tests/stress/{test}", cmd="tour")


def answers(seed):
    """{key: number}.  Where gdb finds nothing the host is to blame, and the program ends:
    that is no student's mistake."""
    with tempfile.TemporaryDirectory() as folder:
        first, *rest = guest.gdb_command(machine(seed), pathlib.Path(folder) / "console.log")
        command = ["timeout", "-k", "5", str(guest.PATIENCE), first, "-batch", *rest,
                   "-x", str(guest.ROOT / "tools/gdb/tour.py")]
        done = subprocess.run(command, cwd=guest.ROOT, text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = {key: int(value, 16) for key, value in ANSWER.findall(done.stdout)}
    if done.returncode in guest.TIMED_OUT or not found:
        sys.exit(f"tour: gdb found nothing in the run of seed {seed}, status {done.returncode}\n{done.stdout}")
    return found


def main():
    match sys.argv[1:]:
        case [seed] if seed.isdigit():
            guest.gdb(machine(int(seed)))
        case [seed, "--answers"] if seed.isdigit():
            for key, value in answers(int(seed)).items():
                print(f"{key}: {value:#x}")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
