#!/usr/bin/env python3
"""
Claim   Of each call that Linux has and drover lacks the lab build says on the
        console which program made it, its number and its name: once, whoever
        asks how often; of other numbers it says nothing.
Method  tests/abi/absent, of which four threads make each of them three times,
        beside numbers that are no call, without `quiet`.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

TABLE = pathlib.Path(__file__).resolve().parents[2] / "kernel/syscall/absent.def"
absent = sorted((int(number), name) for number, name in
                re.findall(r"^ABSENT\( *(\d+), (\w+),", TABLE.read_text(), re.M))

status, output = guest.run(guest.Machine(append="-- /tests/abi/absent"))
told = re.findall(r"(\S+) \((\d+)\) makes call (\d+), (\w+)\(\), which drover lacks: ENOSYS\n",
                  output)

tap.ok(status == 0, "they answer ENOSYS", output)
tap.ok(absent and sorted((int(number), name) for _, _, number, name in told) == absent,
       f"each of {len(absent)} is named once, and no other", output)
tap.ok({name for name, *_ in told} == {"absent"} and len({pid for _, pid, *_ in told}) == 1,
       "by the program that made it", f"{told}")
tap.end()
