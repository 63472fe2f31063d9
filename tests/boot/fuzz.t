#!/usr/bin/env python3
"""
Claim   The kernel stands some seconds of calls by chance (tests/stress/fuzz.c)
        with little memory, and is itself afterwards:
        the same machine then runs a test of the ABI.
Method  A fixed seed, SMP=4 and 384 MiB; what is seen is a panic, a hang, a
        leak, or somebody who cannot be killed.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

status, output = guest.run(guest.Machine(
    smp=4, mem="384M",
    cmd="sh -c 'run-tests stress -d 6 -s 7 fuzz && run-tests abi fork_tree'"))
tap.ok(status == 0, "calls by chance, and then an ordinary program", output)
tap.ok("ok 1 - fork_tree" in output, "it is there and passes", output)
tap.end()
