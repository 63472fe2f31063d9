#!/usr/bin/env python3
"""
Claim   Shares of a hart are right on a machine so slow, or on a host so busy,
        that the clock is late for every turn: nobody starves.
Method  Time is counted instructions, and few of them make a millisecond: a turn
        of the nicest is a thousand instructions, the switch to it more.
Oracle  tests/abi/share_overrun.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

SLOW = ("-icount", "shift=7,sleep=off")

status, said = guest.run(guest.Machine(smp=1, cmd="/tests/abi/share_overrun", extra=SLOW))
tap.ok(status == 0, "two whose turns are short have equal shares", said)
tap.end()
