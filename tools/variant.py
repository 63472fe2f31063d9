#!/usr/bin/env python3
"""A variant of the lab kernel: one that has the bugs NAME[,NAME].

    variant.py NAME[,NAME] OUT LAB

makes OUT/src, which holds what the patches change and nothing else, and
prints the objects of LAB, where the right kernel was built, that are not the
variant's too: those whose source is changed, or includes what is.  A file
that is as it was keeps its time, so make compiles only what it must.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import races

CHANGED = re.compile(r"^\+\+\+ b/(\S+)", re.M)


def changed_files(table):
    return sorted({name for race in table for name in CHANGED.findall(race.patch.read_text())})


def refuse(race, before, said):
    if before and patched([race]):      # alone it does, or this call says why not
        sys.exit(f"BUG={','.join(r.name for r in [*before, race])}: "
                 f"{race.name} changes lines that another of them has changed")
    mended = "" if race.is_own else f"; make races-rebase RACE={race.name}"
    sys.exit(f"{os.path.relpath(race.patch, races.TOP)}: does not apply to this kernel{mended}\n"
             + said.strip())


def apply(race, tree, *options):
    """patch(1) on a copy; exactly: what has moved may have changed."""
    done = subprocess.run(["patch", "-p1", "--fuzz=0", "--force", "--no-backup-if-mismatch",
                           *options, "-d", str(tree), "-i", str(race.patch)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def patched(table):
    """{file: text} of all that the patches change."""
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name)
        for file in changed_files(table):
            target = tree / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((races.TOP / file).read_bytes())
        for number, race in enumerate(table):
            good, said = apply(race, tree)
            if not good:
                refuse(race, table[:number], said)
        return {file: (tree / file).read_text() for file in changed_files(table)}


def forget(path, out):
    """Objects that were made of a file which the patches change no more: make
    would look for it."""
    for dependencies in (out / "kernel").rglob("*.d"):
        if str(path.relative_to(out)) in dependencies.read_text():
            dependencies.with_suffix(".o").unlink(missing_ok=True)
            dependencies.unlink()


def write_overlay(texts, source):
    for path in [p for p in source.rglob("*") if p.is_file()]:
        if str(path.relative_to(source)) not in texts:
            forget(path, source.parent)
            path.unlink()
    for file, text in texts.items():
        path = source / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def depends_on(dependencies, files):
    words = dependencies.read_text().replace("\\\n", " ").split()
    return not files.isdisjoint(words)


def stem_of(path, lab):
    return str(path.relative_to(lab))[:-len(".d")]


def has_source(stem):
    """Else it was left by a source that is no more."""
    return (races.TOP / stem).is_file() or (races.TOP / f"{stem}.c").is_file()


def affected(files, lab):
    """Stems, as kernel/mm/cow: their .o is the variant's own.  Assembly knows
    of C only by the offsets of fields."""
    dependencies = {stem_of(path, lab): path for path in (lab / "kernel").rglob("*.d")}
    assembly = depends_on(lab / "offsets.d", files)
    return sorted(stem for stem, path in dependencies.items() if has_source(stem) and
                  (depends_on(path, files) or assembly and stem.endswith(".S")))


def refuse_vdso(names, files):
    """It is linked before the kernel, which carries it as data."""
    if any(file.startswith("kernel/proc/time/vdso/") for file in files):
        sys.exit(f"BUG={names}: the vDSO is the same in all variants")


def prepare(names, out, lab):
    table = races.find_all(names)
    texts = patched(table)
    refuse_vdso(names, texts)
    write_overlay(texts, out / "src")
    print(*affected(set(texts), lab))


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    prepare(sys.argv[1], *map(pathlib.Path, sys.argv[2:]))


if __name__ == "__main__":
    main()
