#!/usr/bin/env python3
"""Check the models of models/ with Spin: the right one has no error, each
variant with a bug has one.

    models.py [-j JOBS] [--quick]                 all; speaks TAP
    models.py [-j JOBS] MODEL                     one model, and its variants
    models.py MODEL BUG                           the counter-example, printed
                                                  with a column per process

The head comment of a model names its variants:

    BUGS: a b c        made with -DBUG_a and so on; each must go wrong
    Code: file:name; file:name, name.             what it is a model of; must exist
    TSO: a             with -DTSO too, and then none may go wrong: what a PC's
                       memory order hides
    WIDE: 1            the right one is searched with -DWIDE as well

--quick leaves out the TSO and WIDE checks.
Source of Spin: G. Holzmann, "The Spin Model Checker", 2003.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap
import time

import claims

TOP = pathlib.Path(__file__).resolve().parent.parent
MODELS = TOP / "models"
PARTS = {"bug", "store_buffer", "handover_answer"}  # included by others
MEMORY_MB = 900
DEPTH = 100000
HASH_BITS = 20
SECONDS = 900


def names(model, word):
    head = (MODELS / f"{model}.pml").read_text().split("*/")[0]
    found = re.search(rf"\b{word}: *([a-z0-9_ ]+)$", head, re.M)
    return found.group(1).split() if found else []


def unknown_names(model):
    """What the head says of the code, and is not there: `Code: file:name, name;
    file:name.  ORDER name, name.`"""
    head = (MODELS / f"{model}.pml").read_text().split("*/")[0].replace("\n *", " ")
    code = re.search(r"Code:(.*?)(?:   |\. |$)", re.sub(r"[ \t]+", " ", head) + "   ").group(1)
    for path, rest in re.findall(r"(kernel/[\w/.]+):([^;]*)", code):
        source = TOP / path
        text = source.read_text() if source.is_file() else ""
        for name in re.findall(r"\w+", rest):
            if not re.search(rf"\b{name}\b", text):
                yield f"{model}.pml: no {name} in {path}"


def all_models():
    return sorted(p.stem for p in MODELS.glob("*.pml") if p.stem not in PARTS)


def refuse_unknown(model, bug):
    if bug and not model:
        sys.exit(f"BUG={bug}: of which model?  MODEL= one of {' '.join(all_models())}")
    if model and model not in all_models():
        sys.exit(f"MODEL={model}: no such model; there are {' '.join(all_models())}")
    if bug and bug not in names(model, "BUGS"):
        sys.exit(f"BUG={bug}: {model} has no such variant; there are "
                 + " ".join(names(model, "BUGS")))


class Variant:
    """A model with one bug, or with none, in one memory order."""
    work = TOP / "build/models"

    def __init__(self, model, bug=None, tso=False, wide=False):
        self.model, self.bug, self.tso, self.wide = model, bug, tso, wide
        self.goes_wrong = bug is not None and not tso
        self.dir = self.work / ".".join(filter(
            None, [model, bug, "tso" if tso else None, "wide" if wide else None]))

    def __str__(self):
        name = f"{self.model}: " + (self.bug or "right")
        return name + ", hidden by TSO" * self.tso + ", with more harts" * self.wide

    def source(self):
        """As a name without what the tree's own path may have, such as blanks."""
        return os.path.relpath(MODELS / f"{self.model}.pml", self.dir)

    def defines(self):
        return [f"-DBUG_{self.bug}"] * bool(self.bug) + ["-DTSO"] * self.tso + ["-DWIDE"] * self.wide

    def compiler_flags(self):
        """The shortest counter-example is found breadth first.  Most searches
        are done sooner than an optimised program is compiled."""
        if self.goes_wrong:
            return ["-O0", "-DSAFETY", "-DBFS"]
        return ["-O2", "-DCOLLAPSE", "-DSAFETY"] if self.wide else ["-O0", "-DSAFETY"]

    def run(self, *command):
        done = subprocess.run(command, cwd=self.dir, text=True, timeout=SECONDS,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout

    def search(self):
        """What pan prints."""
        shutil.rmtree(self.dir, ignore_errors=True)
        self.dir.mkdir(parents=True)
        said = self.run("spin", *self.defines(), "-a", self.source())
        if not (self.dir / "pan.c").exists():
            return said
        said += self.run("gcc", "-w", f"-DMEMLIM={MEMORY_MB}", *self.compiler_flags(),
                         "-o", "pan", "pan.c")
        if not (self.dir / "pan").exists():
            return said
        return said + self.run("./pan", f"-m{DEPTH}", f"-w{HASH_BITS}")

    def check(self):
        """(good, a line on how far the search went, all it printed)"""
        start = time.monotonic()
        try:
            said = self.search()
        except subprocess.TimeoutExpired:
            return False, f"not done in {SECONDS} s", ""
        errors = re.search(r"errors: (\d+)", said)
        states = re.search(r"(\d+) states, stored", said)
        steps = re.search(r"depth reached (\d+)", said)
        full = "Search not completed" not in said and "max search depth" not in said
        if errors is None:
            return False, "not searched", said
        found = int(errors.group(1)) > 0
        good = found if self.goes_wrong else not found and full
        line = (f"{int(states.group(1)):>9,} states, depth {steps.group(1):>5}, "
                f"{time.monotonic() - start:5.1f} s")
        return good, line, said

    # ---- the counter-example ----

    def trail(self):
        """(process, what it does) for each step, and what is wrong."""
        good, _, said = self.check()
        if not good:
            sys.exit(f"{self}: no counter-example\n{said}")
        wrong = re.search(r"pan:1: (.*?)(?: \(at depth|$)", said, re.M)
        output = self.run("spin", *self.defines(), "-k", f"{self.model}.pml.trail", "-T", "-p", "-l",
                          self.source())
        return steps_of(output, self.bug), wrong.group(1), output


STEP = re.compile(r"^ *\d+:\s+proc +(\d+) \((\S+?):\d+\) (\S+):(\d+) \(state -?\d+\)")
LOCAL = re.compile(r"^\t\t\w+\((\d+)\):(\S+) = (.*)$")
# Control flow, and tests that only choose between the right code and a bug.
SILENT = re.compile(r"(fi|od|do|if|else|break|skip|true|goto \w+|!?bug\(\w+\)( && !bug\(\w+\))*|[{}])?$")


class Step:
    def __init__(self, pid, proc, where, text):
        self.pid, self.proc, self.where, self.text = pid, proc, where, text
        self.learnt = {}  # what its variables are afterwards

    def __str__(self):
        read = re.search(r"(READ_ONCE|load_acquire|atomic_\w+)\(.*\b(\w+)\)$", self.text)
        new = [f"{name} = {value}" for name, (value, changed) in self.learnt.items()
               if (read and read.group(2) == name) or
               (changed and not re.search(rf"\b{re.escape(name)}( =|\+\+|--)", self.text))]
        return self.text + (f"  [{', '.join(new)}]" if new else "")


def source_line(cache, path, number, bug):
    """The text of a line, without its comment."""
    if path not in cache:
        cache[path] = (MODELS / pathlib.Path(path).name).read_text().splitlines()
    line = re.sub(r"/\*.*?(\*/|$)", "", cache[path][number - 1])
    line = re.sub(r"^\s*\w+:\s", "", line)  # a label
    line = re.sub(r"^(\s*:: )(true|!bug\(\w+\))( && !bug\(\w+\))* ->", r"\1", line)
    line = re.sub(rf"unless_bug\({bug}, (.*)\)", r"(left out: \1)", line)
    line = re.sub(r"unless_bug\(\w+, (.*)\)", r"\1", line)
    return " ".join(line.strip().removeprefix("::").split()).rstrip(" ;\\").removesuffix(" ->")


def steps_of(output, bug):
    """What printf() says of a step stands for its line; and the steps of one
    line, one after the other, are one."""
    cache, values, steps, said = {}, {}, [], None
    for line in output.split("#processes")[0].splitlines():
        step, local = STEP.match(line), LOCAL.match(line)
        if step is not None:
            pid, proc, path, number = step.groups()
            where = (pid, path, number)
            if not steps or steps[-1].where != where:
                steps.append(Step(int(pid), proc, where, source_line(cache, path, int(number), bug)))
            if said:
                steps[-1].text, said = said, None
        elif local is not None and steps:
            pid, name, value = local.groups()
            if int(pid) == steps[-1].pid and name not in ("hart", "h"):
                changed = values.get((pid, name), "0") != value
                steps[-1].learnt[name] = value, changed
            values[pid, name] = value
        elif line.startswith("hart "):
            said = line.strip()
    return [s for s in steps if not SILENT.match(s.text) and s.proc != ":init:"]


def word_names(model):
    """Spin numbers the names of an mtype from the last one, which is 1."""
    found = re.search(r"^mtype = \{([^}]*)\}", (MODELS / f"{model}.pml").read_text(), re.M)
    words = [w.strip() for w in found.group(1).split(",")] if found else []
    return {f"mem[{len(words) - i}]": word for i, word in enumerate(words)}


def print_trail(variant):
    steps, wrong, output = variant.trail()
    columns = {}  # pid: number
    for step in sorted(steps, key=lambda s: s.pid):
        columns.setdefault(step.pid, len(columns))
    title = {step.pid: f"{step.proc} ({step.pid})" for step in steps}
    space = shutil.get_terminal_size((150, 0)).columns
    width = max(24, min(44, space // max(1, len(columns)) - 2))
    print(f"{variant}: {wrong}\n")
    print("  ".join(title[pid].ljust(width) for pid in columns).rstrip())
    print("  ".join("-" * width for _ in columns))
    for step in steps:
        before = " " * (width + 2) * columns[step.pid]
        for part in textwrap.wrap(str(step), width, subsequent_indent="  "):
            print(before + part)
    print("\nAt the end:")
    cache, words = {}, word_names(variant.model)
    for line in output.split("#processes")[-1].splitlines():
        step = STEP.match(line)
        variable = re.match(r"^\t\t([a-z_][^(\s]*) = (\S+)", line)
        if variable:
            name, value = variable.groups()
            name = words.get(name, name)
            if not re.match(r"sb[\[_]|mem\[", name):
                print(f"  {name} = {value}")
        elif step and "valid end state" not in line:
            pid, proc, path, number = step.groups()
            text = source_line(cache, path, int(number), variant.bug)
            print(f"  {proc} ({pid}) stands before: {text}")


# ---- all ----

def variants_of(model, quick):
    yield Variant(model)
    if not quick and names(model, "WIDE"):
        yield Variant(model, wide=True)
    for bug in names(model, "BUGS"):
        yield Variant(model, bug)
    if not quick:
        for bug in names(model, "TSO"):
            yield Variant(model, bug, tso=True)


def check_all(models, quick, jobs):
    """Speaks TAP; False when a test failed."""
    variants = [v for m in models for v in variants_of(m, quick)]
    unknown = [problem for m in models for problem in unknown_names(m)]
    all_good = not unknown
    start = time.monotonic()
    print(f"1..{len(variants) + 1}")
    print("not ok" if unknown else "ok", "1 - the models name what the code has", flush=True)
    print(*("#   " + problem for problem in unknown), sep="\n", end="", file=sys.stderr)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = pool.map(Variant.check, variants)
        for number, (variant, (good, line, said)) in enumerate(zip(variants, results), 2):
            what = "counter-example" if variant.goes_wrong else "no error"
            print("ok" if good else "not ok", number,
                  f"- {str(variant):44} {what if good else 'WRONG':15} {line}", flush=True)
            if not good:
                print(*("#   " + text for text in said.splitlines()[:40]), sep="\n",
                      file=sys.stderr)
            all_good &= good
    print(f"# {len(variants)} searches in {time.monotonic() - start:.0f} s, {jobs} at a time")
    return all_good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("-j", "--jobs", type=int, default=min(2, os.cpu_count()))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("model", nargs="?")
    parser.add_argument("bug", nargs="?")
    args = parser.parse_args()

    refuse_unknown(args.model, args.bug)
    Variant.work = claims.folder(Variant.work)
    if args.bug:
        print_trail(Variant(args.model, args.bug))
        return 0
    models = [args.model] if args.model else all_models()
    return not check_all(models, args.quick, args.jobs)


if __name__ == "__main__":
    sys.exit(main())
