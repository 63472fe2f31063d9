#!/usr/bin/env python3
"""
Claim   run-tests says what was wrong, and only that: a run that its first
        failure ends is not judged as a whole, and a control that does not
        fail, in turns however long, is one that proves nothing.
Method  A script takes the place of a test.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap


PASSES = ("#!/bin/sh", "echo 1..1", "echo ok 1")
FAILS = (*PASSES, "exit 1")


def results(program, command):
    """What run-tests says when one of its tests is a script of these lines."""
    path = "/tests/stress/a_program"
    lines = "; ".join("echo " + re.sub(r"([#$])", r"\\\1", line) for line in program)
    words = f"({lines}) >{path}; chmod 755 {path}; run-tests {command}"
    _, output = guest.run(guest.Machine(cmd=f"sh -c '{words}'"))
    return re.findall(r"^(?:not )?ok .*", output, re.M), output


found, output = results(FAILS, "stress -1 -d 5 a_program cow_reuse")
tap.ok(len(found) == 1 and found[0].startswith("not ok 1 - a_program"),
       "-1: the first failure is the only one", output)

found, output = results((*PASSES[:-1], "echo not ok 1", "kill -9 $$"), "stress -1 -d 5 a_program")
tap.ok(len(found) == 1 and found[0].endswith("1 of 1 results failed"),
       "what a test has said is told, not how it ended itself", output)

found, output = results(PASSES, "controls a_program")
tap.ok(len(found) == 1 and "a test made wrong does not fail" in found[0],
       "a control that passes is one failure", output)

found, output = results(FAILS, "controls a_program")
tap.ok(len(found) == 1 and found[0].startswith("ok 1"), "one that fails is right", output)

tap.end()
