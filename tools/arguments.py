#!/usr/bin/env python3
"""What a user asks for that cannot be: said in one line, and nothing is run.

    arguments.py GOAL... -- NAME=VALUE... -- NAME=VALUE...

make asks before it installs or builds anything; values come as they were
typed, or from the environment.  Those that were typed at make come again, and last:
each of them is for one of the goals.  The tools check with the same functions, for
who calls them directly.
"""
import fnmatch
import os
import pathlib
import re
import sys

import guest
import models
import mutagen
import races
import variant

TESTS = guest.ROOT / "tests/stress"
MAX_SEED = 999999999
MAX_SEEDS = 1000000
HARTS = re.compile(r"^ \* Harts:\s+(\d+)", re.M)


def refuse(text):
    sys.exit(text)


# ---- one value ----

def number(name, text, low, high):
    if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
        refuse(f"{name}={text}: allowed are {low} to {high}")
    return int(text)


def memory(text):
    found = re.fullmatch(r"(\d{1,5})([MG])", text)
    if not found or not 64 <= int(found[1]) * {"M": 1, "G": 1024}[found[2]] <= 8192:
        meant = re.fullmatch(r"(\d{1,5}[mg])(i?b)?", text, re.I)
        hint = f"{meant[1].upper()} may be meant; " if meant and not found else ""
        refuse(f"MEM={text}: {hint}allowed are 64M to 8G")


def one_of(name, text, *allowed):
    if text not in allowed:
        *others, last = allowed
        refuse(f"{name}={text}: allowed are {', '.join(others)} and {last}")


def existing(name, text):
    if not pathlib.Path(text).exists():
        refuse(f"{name}={text}: there is no such file")


def parsers():
    return sorted(path.stem for path in (guest.ROOT / "tests/fuzz").glob("*.c") if path.stem != "fuzz")


def root(text):
    if text != "debian":
        existing("ROOT", text)


def packages(text):
    for word in text.split():
        if not re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", word):
            refuse(f"PACKAGES={text}: {word} is no name of a package")


def mutant_names(text):
    for word in text.split():
        if not re.fullmatch(r"[a-z]+-[0-9a-f]{7}", word):
            refuse(f"NAMES={text}: {word} is no name of a mutant")


def programs_of_folders(text):
    for word in text.split():
        if not re.match("(abi|stress)/", word) or not (guest.ROOT / f"tests/{word}.c").exists():
            refuse(f"WITH={text}: there is no tests/{word}.c")


def packed_in(given):
    if "PACKAGES" in given and given.get("ROOT") != "debian":
        refuse(f"PACKAGES={given['PACKAGES']}: this is for ROOT=debian")


def command(text):
    try:
        guest.kernel_words(text)
    except ValueError as error:
        refuse(f"CMD={text}: {error}")


def points(text):
    if text not in ("off", "noise"):
        races.find_all(text, "POINTS")


def points_for(bug_names, text):
    """A kernel that no choreography is for has noise, unless something is asked for."""
    own = any(race.is_own for race in races.find_all(bug_names))
    return text or ("noise" if own else "")


def patches(text):
    existing("PATCHES", text)
    if not list(pathlib.Path(text).glob("*.patch")):
        refuse(f"PATCHES={text}: there is no *.patch")


def lab_names():
    return sorted(path.parent.name for path in (guest.ROOT / "labs").glob("*/lab"))


def lab(text):
    if text not in lab_names():
        refuse(f"LAB={text}: there is " + " and ".join(lab_names()))


def new_folder(text):
    folder = pathlib.Path(text)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        refuse(f"DIR={text}: there is something already")


def hours(text):
    if not re.fullmatch(r"\d{1,3}(\.\d+)?", text) or float(text) <= 0:
        refuse(f"HOURS={text}: allowed are numbers above 0")
    return float(text)


def seed(text):
    return number("SEED", text, 0, MAX_SEED)


def ranges(text):
    """ "1-3 7" is 1 2 3 7. """
    seeds = []
    for word in re.split(r"[ ,]+", text.strip()):
        found = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", word)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if first > last:
            refuse(f"SEEDS={text}: allowed are numbers and ranges, as in 1-1000 or \"3 7 20-29\"")
        if len(seeds) + last - first >= MAX_SEEDS:
            refuse(f"SEEDS={text}: more than {MAX_SEEDS}")
        seeds.extend(range(first, last + 1))
    return list(dict.fromkeys(seeds))


def numbers(text):
    if not text.split() or not all(re.fullmatch(r"\d{1,9}", word) for word in text.split()):
        refuse(f"SEEDS={text}: allowed are numbers between blanks, as in \"1 2 3\"")
    return [int(word) for word in text.split()]


# ---- what belongs together ----

def bugs(names, profile):
    """The bugs of the kernel that is to run; without names none."""
    found = races.find_all(names)
    if found and profile == "release":
        refuse(f"BUG={names}: only the lab kernel has variants with bugs, and its twin for the debugger")
    variant.patched(found)
    return found


def bugs_that_show(names, profile):
    found = bugs(names, profile)
    for race in found:
        if not race.runs:
            refuse(f"BUG={race.name}: shows only to a model; see races/{race.name}/README.md")
    return found


def tests_of(found):
    """Programs of tests/stress that see one of the races, as one word."""
    return " ".join(dict.fromkeys(" ".join(race.tests for race in found).split()))


def lab_only(profile):
    if profile not in ("lab", "watched"):
        refuse(f"PROFILE={profile}: only the lab kernel can be seeded, and the watched one")


def stress_tests():
    return sorted(path.stem for path in TESTS.glob("*.c") if not path.stem.startswith("lib"))


def matching(pattern):
    return [name for name in stress_tests() if fnmatch.fnmatchcase(name, pattern)]


def tests(text):
    """The words of TEST, each a name or a pattern of names."""
    for word in text.split():
        if not matching(word):
            refuse(f"TEST={text}: no such test; there are " + " ".join(stress_tests()))
    return text.split()


def harts_needed(test):
    """What the head comment of the test asks for."""
    found = HARTS.search((TESTS / f"{test}.c").read_text())
    return int(found[1]) if found else 1


def enough_harts(chosen, smp):
    for test in set(chosen) & set(stress_tests()):
        if smp < harts_needed(test):
            refuse(f"SMP={smp}: {test} needs {harts_needed(test)} harts")


# ---- what each goal takes ----

# Of these, empty is the same as not given.
OPTIONAL = {"ROOT", "PACKAGES", "DISK", "CMD", "APPEND", "TEST", "BUG", "POINTS", "HOTPLUG", "MODEL", "HOSTS", "GDB",
            "PATCHES", "SUBSYS", "PROGRAMS", "LAB", "SUBMISSION", "JSON", "JUNIT",
            "NAMES", "WITH"}

MEANT = {"SEEDS": "1-200, or \"3 7\"", "MEM": "512M", "PROFILE": "lab", "HOURS": "1",
         "DEBIAN": "\"12 13\"", "USERS": "\"root sudo none\"", "KERNEL": "path/of/an/Image", "RACE": "dirtycow",
         "LTP": "dir", "DIR": "../cow-lab", "SUBMISSIONS": "folder"}

CHECKS = {
    "SMP": lambda text: number("SMP", text, 1, 64),
    "MEM": memory,
    "PROFILE": lambda text: one_of("PROFILE", text, "checked", "debug", "lab", "release", "watched"),
    "ROOT": root,
    "PACKAGES": packages,
    "DISK": lambda text: existing("DISK", text),
    "CMD": command,
    "TEST": tests,
    "DURATION": lambda text: number("DURATION", text, 1, 86400),
    "SECONDS": lambda text: number("SECONDS", text, 1, 86400),
    "POINTS": points,
    "HOTPLUG": lambda text: one_of("HOTPLUG", text, "0", "1"),
    "SEED": seed,
    "DETECTOR": lambda text: one_of("DETECTOR", text, "watched", "checked"),
    "SUITE": lambda text: [one_of("SUITE", word, "abi", "stress") for word in text.split()],
    "HOURS": hours,
    "RERUNS": lambda text: number("RERUNS", text, 1, 1000),
    "ROUNDS": lambda text: number("ROUNDS", text, 1, 1000000),
    "HOSTS": lambda text: existing("HOSTS", text),
    "PATCHES": patches,
    "LAB": lab,
    "TIMES": lambda text: number("TIMES", text, 1, 10000),
    "DIR": new_folder,
    "SUBMISSION": lambda text: existing("SUBMISSION", text),
    "SUBMISSIONS": lambda text: existing("SUBMISSIONS", text),
    "RACE": lambda text: races.find(text, "RACE"),
    "KERNEL": lambda text: existing("KERNEL", text),
    "LTP": lambda text: existing("LTP", text),
    "DEBIAN": lambda text: [one_of("DEBIAN", word, "12", "13") for word in text.split()],
    "SUBSYS": lambda text: [one_of("SUBSYS", word, *mutagen.FOLDERS) for word in text.split()],
    "PARSER": lambda text: one_of("PARSER", text, *parsers()),
    "N": lambda text: number("N", text, 1, 9999),
    "NAMES": mutant_names,
    "WITH": programs_of_folders,
    "AGAIN": lambda text: one_of("AGAIN", text, "0", "1"),
    "MINUTES": lambda text: number("MINUTES", text, 1, 9999),
    "VARIANT": lambda text: number("VARIANT", text, 1, 999999),
    "USERS": lambda text: [one_of("USERS", word, "root", "sudo", "none") for word in text.split()],
}

def bootable(given):
    bugs(given.get("BUG"), given.get("PROFILE", "lab"))


def runnable(given):
    bugs_that_show(given.get("BUG"), given.get("PROFILE", "lab"))


def seedable(given):
    lab_only(given.get("PROFILE", "lab"))


def wide_enough(given):
    chosen = given.get("TEST", "").split()
    if not chosen and "BUG" in given:
        chosen = tests_of(races.find_all(given["BUG"])).split()
    enough_harts(chosen, int(given.get("SMP", 4)))


def modelled(given):
    models.refuse_unknown(given.get("MODEL"), given.get("BUG"))


def needs_race(given):
    if "RACE" not in given:
        refuse("RACE=: which one?  `make bugs` lists them")


def needs_lab(given):
    """A student's tree has one, and it need not be named."""
    if "LAB" not in given and len(lab_names()) != 1:
        refuse("LAB=: which one?  `make labs` lists them")


def needs(name, meant):
    def check(given):
        if name not in given:
            refuse(f"{name}=: missing; say for instance {name}={meant}")
    return check


def no_bug(given):
    if "BUG" in given:
        refuse(f"BUG={given['BUG']}: this is for the right kernel; make stress has bugs")


def hour_at_most(given):
    number("DURATION", given.get("DURATION", "1"), 1, 3600)


# What each goal takes; and, beside what CHECKS has for each of these, what only this
# goal asks of them.  Who is not here takes nothing.
BOOTED = "SMP MEM APPEND ROOT PACKAGES PROFILE"
SEEDED = "SMP MEM APPEND PROFILE"
GOALS = {
    "qemu": (f"{BOOTED} DISK CMD BUG PATCHES", bootable, packed_in),
    "gdb": (f"{BOOTED} DISK CMD BUG PATCHES", bootable, packed_in),
    "kernel": ("PROFILE",),
    "stack": ("PROFILE",),
    "bench-linux": ("KERNEL",),
    "abi-diff": ("KERNEL SMP PROFILE",),
    "ltp": ("LTP KERNEL PROGRAMS SMP MEM PROFILE", needs("LTP", "../ltp/testcases/bin")),
    "test-linux": ("KERNEL PROGRAMS SMP MEM PROFILE",),
    "stress": (f"{BOOTED} TEST BUG PATCHES POINTS HOTPLUG DURATION SEED", runnable, wide_enough, packed_in),
    "soak": (f"{BOOTED} TEST BUG POINTS HOTPLUG HOURS SEED", no_bug, wide_enough, packed_in),
    "fuzz": (f"{BOOTED} SECONDS SEED", packed_in),
    "fuzz-parsers": ("PARSER SECONDS SEED",),
    "trace": (f"{BOOTED} TEST BUG PATCHES POINTS DURATION SEED", runnable, wide_enough, hour_at_most, packed_in),
    "lockgraph": ("SMP PROFILE CMD",),
    "locks": ("SMP MEM PROFILE CMD",),
    "chaos": (f"{SEEDED} TEST BUG PATCHES POINTS SEEDS RERUNS ROUNDS", seedable, runnable,
              lambda given: ranges(given.get("SEEDS", "1"))),
    "replay": (f"{SEEDED} TEST BUG PATCHES POINTS SEED ROUNDS GDB", seedable, runnable),
    "mutants": ("BUG PATCHES SEEDS HOSTS", lambda given: numbers(given.get("SEEDS", "1")),
                lambda given: "BUG" in given and races.find(given["BUG"])),
    "mutate": ("SUBSYS N SEED DURATION AGAIN HOSTS NAMES WITH",),
    "mutate-table": ("SUBSYS",),
    "races-rebase": ("RACE", needs_race),
    "races-save": ("RACE", needs_race),
    "models": ("MODEL BUG", modelled),
    "coverage": ("MINUTES",),
    "check-kernel": ("SMP DURATION DETECTOR SUITE TEST", wide_enough),
    "lab": ("LAB DIR", needs_lab, needs("DIR", "../cow-lab")),
    "grade": ("LAB SUBMISSION VARIANT JSON JUNIT PROFILE", needs_lab,
              lambda given: lab_only(given.get("PROFILE", "lab"))),
    "grade-all": ("LAB SUBMISSIONS VARIANT HOSTS", needs_lab, needs("SUBMISSIONS", "folder")),
    "test-labs": ("LAB ANSWERS TIMES", lambda given: "ANSWERS" in given and needs_lab(given)),
    "gallery": ("BUG", runnable),
    "fresh": ("DEBIAN USERS",),
}


def taken_by(goal):
    if goal.startswith("build/"):
        return ["PROFILE"]
    return GOALS.get(goal, ("",))[0].split()


def refuse_unused(goals, typed):
    taken = list(dict.fromkeys(name for goal in goals for name in taken_by(goal)))
    for name, text in typed.items():
        if name not in taken:
            refuse(f"{name}={text}: make {' '.join(goals)} takes " +
                   (f"no {name}, but {' '.join(taken)}" if taken else "no argument"))


def is_given(name, text):
    if text is None or not text.strip() and name in OPTIONAL:
        return False
    if not text.strip():
        refuse(f"{name}=: empty; leave it out, or say for instance "
               f"{name}={MEANT.get(name, '1')}")
    return True


def check_goal(goal, values):
    _, *checks = GOALS.get(goal, ("",))
    given = {name: values[name] for name in taken_by(goal) if is_given(name, values.get(name))}
    os.environ.update({name: text for name, text in given.items() if name == "PATCHES"})
    for name in given.keys() & CHECKS.keys():
        CHECKS[name](given[name])
    for check in checks:
        check(given)


def main():
    """The refusal is what make prints with its own "stop": so it goes to stdout."""
    at = sys.argv.index("--")
    again = sys.argv.index("--", at + 1)
    goals = sys.argv[1:at]
    values, typed = (dict(word.split("=", 1) for word in words)
                     for words in (sys.argv[at + 1:again], sys.argv[again + 1:]))
    try:
        refuse_unused(goals, typed)
        for goal in goals:
            check_goal(goal, values)
    except SystemExit as refusal:
        print(refusal)
        sys.exit(1)


if __name__ == "__main__":
    main()
