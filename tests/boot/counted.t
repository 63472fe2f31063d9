#!/usr/bin/env python3
"""
Claim   Shares of a hart are right: of one who is nice, who comes late, who is
        woken; and also on a machine so slow, or on a host so busy, that the
        clock is late for every turn.
Method  Time is counted instructions, so that nobody is charged with what the host
        did meanwhile.  For share_overrun few of them make a millisecond: a turn of
        the nicest is a thousand instructions, the switch to it more.
Oracle  These programs of tests/abi, exact to the instruction in each run.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

USUAL, SLOW = 3, 7          # an instruction takes 2^n ns
PROGRAMS = {"share_late": USUAL, "share_nice": USUAL, "share_overrun": SLOW, "wake_first": USUAL}


def run(profile, program, shift):
    machine = guest.Machine(smp=1, kernel=guest.kernel(profile),
                            cmd=f"/bin/env TAP_COUNTED=1 /tests/abi/{program}",
                            extra=("-icount", f"shift={shift},sleep=off"))
    status, said = guest.run(machine)
    tap.ok(status == 0 and "# skip" not in said.lower(), f"{program}, {profile} kernel", said)


for profile in ("lab", "release"):
    for program, shift in PROGRAMS.items():
        run(profile, program, shift)
tap.end()
