#!/usr/bin/env python3
"""
Claim   tools/ltp.py says of each program of a folder whether it passes, also of
        those behind one that hangs or takes the machine with it; and what passes
        on another kernel and not here.
Method  Five scripts. The release kernel stands for the other: it has nothing
        that could be provoked.
"""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

SCRIPTS = {
    "a_passes": "exit 0",
    "b_fails": "echo for a reason; exit 3",
    "c_hangs": "sleep 1000",
    "d_panics": "[ ! -e /proc/drover/provoke ] || echo dead-root >/proc/drover/provoke",
    "e_leaves": "sleep 1000 & exit 0",
    "f_is_alone": "[ -z \"$(ls)\" ] && [ \"$(pidof sleep | wc -w)\" = 0 ]",
}
GOOD = {"a_passes", "e_leaves", "f_is_alone"}


def ltp(folder, *options):
    done = subprocess.run([guest.ROOT / "tools/ltp.py", folder, "--limit", "3", "--smp", "2", *options],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


with tempfile.TemporaryDirectory() as name:
    for script, text in SCRIPTS.items():
        path = pathlib.Path(name, script + ".sh")
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)
    status, said = ltp(name)
    tap.ok(status == 1, "a machine that ends is told by the status", said)
    tap.ok("b_fails.sh: status 3\n" in said, "who fails", said)
    tap.ok("c_hangs.sh: killed or too slow\n" in said, "who hangs", said)
    tap.ok("d_panics.sh: the machine ended" in said, "who takes the machine with it", said)
    tap.ok(f"ltp: {len(GOOD)} passes" in said, "the others pass, what they leave is gone", said)

    status, said = ltp(name, "--linux", guest.kernel("release"))
    tap.ok(status == 1 and "d_panics.sh: the machine ended" in said and "b_fails" not in said,
           "compared with another: what passes only there, with its last words", said)
    tap.ok("3 of 6 programs pass on drover, 1 more on Linux only (75.0 %)" in said, "and the sum", said)
tap.end()
