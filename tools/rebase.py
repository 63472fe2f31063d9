#!/usr/bin/env python3
"""Keep the patches of races/ true while the kernel below them changes.

    rebase.py check [COMPILER FLAG...]
        what is wrong: patches that do not apply exactly, or whose sources do
        not compile
    rebase.py rebase NAME
        writes the patch anew.  When the kernel has changed below it: by a
        three-way merge, from the newest commit that it applied to; without
        git or such a commit, by what patch(1) finds at all
    rebase.py save NAME
        makes the patch of the two trees that rebase leaves

rebase leaves build/rebase/NAME/right, the files that the patch changes as
they are now, and build/rebase/NAME/wrong, the same with the bug.  Where it
found no way, the marks of the conflict are in `wrong`: edit that, and save.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import races
import variant

TREES = races.TOP / "build/rebase"
MARKS = re.compile(r"^(<<<<<<<|=======|>>>>>>>)", re.M)
INCLUDERS = 4                   # so many users of a changed header are compiled
COMMITS = 500                   # so far back a patch may be


# ---- check ----

def users_of(header):
    """Some sources that include @header, as kernel/mm/page.h, themselves."""
    line = f'#include "{header.removeprefix("kernel/")}"'
    found = (path for path in sorted((races.TOP / "kernel").rglob("*.c"))
             if line in path.read_text())
    return [str(path.relative_to(races.TOP)) for _, path in zip(range(INCLUDERS), found)]


def sources_of(texts):
    """What is to be compiled to see that all of @texts does."""
    headers = [file for file in texts if file.endswith(".h")]
    return sorted({file for file in texts if file.endswith(".c")}.union(*map(users_of, headers)))


def compile_all(texts, compiler):
    """What the compiler says of the changed sources; nothing when all is well."""
    with tempfile.TemporaryDirectory() as name:
        overlay = pathlib.Path(name)
        variant.write_overlay(texts, overlay)
        for file in sources_of(texts):
            source = overlay / file if file in texts else races.TOP / file
            done = subprocess.run([compiler[0], "-I", overlay / "kernel", *compiler[1:],
                                   "-I", races.TOP / "kernel", "-Wno-unused",
                                   "-fsyntax-only", source],
                                  cwd=races.TOP, capture_output=True, text=True)
            if done.returncode:
                return done.stderr.replace(f"{overlay}/", "")
    return ""


def problem_of(race, compiler):
    try:
        texts = variant.patched([race])
    except SystemExit as refusal:
        return str(refusal)
    said = compile_all(texts, compiler) if compiler else ""
    return f"{race.patch.relative_to(races.TOP)}: does not compile; make races-rebase " \
           f"RACE={race.name} gives its source\n{said}" if said else ""


def check(compiler):
    table = races.read()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [text for text in pool.map(lambda race: problem_of(race, compiler), table) if text]
    print(*found, sep="\n", end="\n" if found else "")
    return bool(found)


# ---- trees, and the patch between them ----

def trees_of(race):
    return TREES / race.name / "right", TREES / race.name / "wrong"


def fresh_tree(tree, texts):
    shutil.rmtree(tree, ignore_errors=True)
    variant.write_overlay(texts, tree)


def function_at(lines, number):
    heads = [line for line in lines[:number - 1] if re.match(r"[A-Za-z_]", line)]
    return f" {heads[-1]}" if heads else ""


def difference(file, right, wrong):
    """A unified diff, each hunk under the name of its function."""
    done = subprocess.run(["diff", "-u", "--label", f"a/{file}", "--label", f"b/{file}",
                           right / file, wrong / file], capture_output=True, text=True)
    lines = (right / file).read_text().splitlines()
    return re.sub(r"^@@ -(\d+)\S* \S+ @@$", lambda hunk: hunk[0] + function_at(lines, int(hunk[1])),
                  done.stdout, flags=re.M)


def files_below(tree):
    return sorted(str(path.relative_to(tree)) for path in tree.rglob("*.[chS]"))


def save(race):
    right, wrong = trees_of(race)
    shown = wrong.relative_to(races.TOP)
    if not wrong.exists():
        sys.exit(f"RACE={race.name}: there is no {shown}; make races-rebase makes it")
    for file in files_below(wrong):
        if MARKS.search((wrong / file).read_text()):
            sys.exit(f"{shown}/{file}: the marks of the conflict are still there")
    text = "".join(difference(file, right, wrong) for file in files_below(wrong))
    if not text:
        sys.exit(f"{shown}: nothing is wrong there")
    head = race.patch.read_text().partition("\n--- ")[0] + "\n"
    race.patch.write_text(head + text)
    print(f"{race.patch.relative_to(races.TOP)}: written.  make stress BUG={race.name} shows "
          "whether it is caught")


# ---- rebase ----

def now(race):
    return {file: (races.TOP / file).read_text() for file in variant.changed_files([race])
            if (races.TOP / file).exists()}


def git(*words):
    try:
        done = subprocess.run(["git", *words], cwd=races.TOP, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


def at_commit(commit, files):
    texts = {file: git("show", f"{commit}:{file}") for file in files}
    return None if None in texts.values() else texts


def patched_tree(race, texts, *options):
    """@texts with the patch; None when it does not apply."""
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name)
        variant.write_overlay(texts, tree)
        good, _ = variant.apply(race, tree, *options)
        return {file: (tree / file).read_text() for file in texts} if good else None


def base_of(race, files):
    """The newest commit's files that the patch applies to, and with it."""
    log = git("log", f"-{COMMITS}", "--format=%H", "--", *files)
    for commit in (log or "").split():
        right = at_commit(commit, files)
        wrong = right and patched_tree(race, right)
        if wrong:
            return right, wrong
    return None


def merged(current, base, wrong):
    """What went from @base to @wrong, done to @current; maybe with marks."""
    with tempfile.TemporaryDirectory() as name:
        paths = [pathlib.Path(name, side) for side in ("right", "base", "wrong")]
        for path, text in zip(paths, (current, base, wrong)):
            path.write_text(text)
        done = subprocess.run(["git", "merge-file", "-p", "-q", "--diff3", "-L", "the right kernel",
                               "-L", "what it was", "-L", "with the bug", *paths],
                              capture_output=True, text=True)
        return done.stdout


def moved(race, texts):
    """@texts with the bug, one way or another; and by which."""
    exact = patched_tree(race, texts)
    if exact:
        return exact, "it applies as it is"
    base = base_of(race, list(texts))
    if base:
        right, wrong = base
        return {file: merged(texts[file], right[file], wrong[file]) for file in texts}, \
            "merged with what has changed since it applied"
    return patched_tree(race, texts, "--fuzz=3"), "applied with fuzz: look at it"


def rebase(race):
    right, wrong = trees_of(race)
    texts = now(race)
    gone = set(variant.changed_files([race])) - set(texts)
    if gone:
        sys.exit(f"{race.patch}: there is no {', '.join(sorted(gone))} any more; name in the patch "
                 "where it is now, and come again")
    result, how = moved(race, texts)
    fresh_tree(right, texts)
    fresh_tree(wrong, result or texts)
    shown = wrong.relative_to(races.TOP)
    if not result or any(MARKS.search(text) for text in result.values()):
        sys.exit(f"RACE={race.name}: no way was found.  Edit {shown} so that it is wrong in the same "
                 f"way again ({right.relative_to(races.TOP)} is the right kernel), then\n"
                 f"make races-save RACE={race.name}")
    print(f"RACE={race.name}: {how}")
    save(race)


def main():
    command = sys.argv[1:]
    if command[:1] == ["check"]:
        sys.exit(check(command[1:]))
    if len(command) != 2 or command[0] not in ("rebase", "save"):
        sys.exit(__doc__)
    race = races.find(command[1], "RACE")
    (rebase if command[0] == "rebase" else save)(race)


if __name__ == "__main__":
    main()
