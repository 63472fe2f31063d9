#!/usr/bin/env python3
"""
Claim   A seed is an interleaving: the same seed gives the same run, with 4
        harts and with 8, another seed another one; and a seed that finds a
        bug shows it again, down to the last register.
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import chaos
import guest
import tap


def needs():
    """What `make chaos` builds; None, or what is missing."""
    made = subprocess.run(["make", "-s", "seeded"], cwd=guest.ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return made.stdout.strip().splitlines()[0] if made.returncode else None


def same_again(campaign, seeds):
    """Each seed twice; the hashes of the first runs, and what differed."""
    hashes, wrong = [], ""
    for seed in seeds:
        first, second = campaign.run(seed), campaign.run(seed)
        if first.failed or (first.status, first.output) != (second.status, second.output):
            wrong += f"seed {seed}:\n{first.output}\nand then\n{second.output}\n"
        hashes.append(first.hash)
    return hashes, wrong


missing = needs()
if missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit()

hashes, wrong = same_again(chaos.Campaign(chaos.options("--test", "thread_storm")), range(1, 6))
tap.ok(not wrong, "5 seeds, each the same twice", wrong)
tap.ok(len(set(hashes)) == 5, "and each another run", str(hashes))

hashes, wrong = same_again(
    chaos.Campaign(chaos.options("--test", "futex_storm", "--smp", "8")), (1, 2))
tap.ok(not wrong and len(set(hashes)) == 2, "8 harts: the same twice", wrong or str(hashes))

said = guest.build("variant/cow_double_copy")
tap.ok(not said, "a kernel with a bug is built", said)
bug = chaos.Campaign(chaos.options("--bug", "cow_double_copy"))
found = next((result for seed in range(1, 20) if (result := bug.run(seed)).failed), None)
tap.ok(found is not None, "a bug is found within 20 seeds")
if found:
    again = bug.run(found.seed)
    tap.ok((again.status, again.output) == (found.status, found.output),
           f"seed {found.seed} shows it again, the same", f"{found.output}\n{again.output}")

endless = chaos.Campaign(chaos.options("--test", "thread_storm", "--append", "within=1"))
first, second = endless.run(1), endless.run(1)
tap.ok(first.endless and first.why.startswith("PANIC") and first.output == second.output,
       "that a run has no end is said at the same tick of its clock", f"{first.output}\n{second.output}")

tap.end()
