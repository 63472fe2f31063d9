#!/usr/bin/env python3
"""
Claim   make analyse names a mistake of each kind that it is for, is silent on code
        that has none, and takes an answer for a finding and for nothing else.  Of the
        kernel, what all of it rests on has no finding without an answer.
Method  tests/analyse has a wrong file and a right one, which the rules of
        mk/analyse.mk have read; the answers are made up here.
"""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import analyse
import guest
import tap

WRONG = "tests/analyse/wrong.c"
NAMED = {
    "use_freed": "use-after-free",
    "free_twice": "double-free",
    "follow_null": "null-dereference",
    "read_unset": "use-of-uninitialized-value",
    "size_of_size": "bugprone-sizeof-expression",
}

SLICE = ["kernel/lib", "kernel/sync"]


def read(*folders):
    return subprocess.run(["tools/building.sh", "make", "-f", "mk/build.mk", "analysed",
                           f"FOLDERS={' '.join(folders)}"], cwd=guest.ROOT, capture_output=True, text=True)


made = read("tests/analyse", *SLICE)
found = analyse.findings(guest.ROOT / "build/analyse", ["tests/analyse"], guest.ROOT)
tap.ok(made.returncode == 0, "the files were read", made.stdout + made.stderr)
for function, check in NAMED.items():
    tap.ok((WRONG, function, check) in found, f"{check}: named in {function}", f"{sorted(found)}")
tap.ok(not any(file != WRONG for file, _, _ in found), "nothing is said of the right one", f"{sorted(found)}")


def status_with(*answers):
    with tempfile.NamedTemporaryFile("w", suffix=".answers") as file:
        here = (analyse.major("riscv64-linux-gnu-gcc", r"\) (\d+)\."), analyse.major("clang-tidy", r"version (\d+)\."))
        file.write("# To gcc {}, clang-tidy {}.\n".format(*here) + "".join(f"{line}\n" for line in answers))
        file.flush()
        said = guest.ROOT / "build/analyse/tests/analyse"
        with tempfile.TemporaryDirectory() as copy:
            for path in said.iterdir():
                (pathlib.Path(copy) / path.name).write_bytes(path.read_bytes())
            done = subprocess.run([guest.ROOT / "tools/analyse.py", "--said", copy, "--answers", file.name],
                                  capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


all_of_them = [" ".join(key) + ": planted" for key in found]
for name, answers, good in (("all answered", all_of_them, True), ("one open", all_of_them[1:], False),
                            ("one answered that nobody says", all_of_them + [f"{WRONG} f null-dereference: no"], False)):
    status, output = status_with(*answers)
    tap.ok((status == 0) == good, f"{name}: {'well' if good else 'refused'}", output)

said = subprocess.run([guest.ROOT / "tools/analyse.py", *SLICE], capture_output=True, text=True)
tap.ok(said.returncode == 0, f"{' and '.join(SLICE)}: each finding is answered", said.stdout)
tap.end()
