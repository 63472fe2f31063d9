"""What became of mutants: kept, and as tables.

mutation/verdicts.tsv has a line for each mutant that was judged, sorted, so that
a clone knows what a machine has found out.  A verdict is about a function: it
holds as long as that has the text that it had, but for comments and blanks.  What
has changed since is stale: it does not count, and is judged again.
"""
import collections
import dataclasses
import functools
import json
import re

import guest
import mutagen

KEPT = mutagen.RULES / "verdicts.tsv"
EXPLAINED = mutagen.RULES / "explained.txt"
DOCUMENT = guest.ROOT / "docs/mutation.md"
README = guest.ROOT / "README.md"
LIVES = ("unreached", "alive")
MADE = ("lint", "killed", *LIVES)
FEW = 4                 # times that a killer is named in the document for
LONGEST = 100           # of what a killer says
GROUPS = {"core": mutagen.CORE, "beyond": tuple(f for f in mutagen.FOLDERS if f not in mutagen.CORE)}
NUMBER = re.compile(r"of \d+ mutants of the core so far (?:\d+ %|-) are killed")
HEAD = "# name\tfile\tfunction\tverdict\tseconds\ttext of the function\tby\n"
# What is another one in each run.
CHANCE = ((r"\bhart \d+", "a hart"), (r"\bthread \d+", "thread"), (r"\b0x[0-9a-f]+", "0x*"),
          (r", \d+ rounds", ""))


@dataclasses.dataclass(order=True)
class Verdict:
    file: str
    function: str
    name: str
    verdict: str
    seconds: float = 0
    text: str = ""      # digest of the function, as it was then
    by: str = ""
    tests: str = ""     # those that were run; not kept

    @property
    def kind(self):
        return self.name.split("-")[0]

    @property
    def subsystem(self):
        return self.file.split("/")[1]

    @property
    def lives(self):
        return self.verdict in LIVES

    def holds(self):
        return self.text == text_now(self.file, self.function)

    def line(self):
        return "\t".join((self.name, self.file, self.function, self.verdict,
                          f"{self.seconds:.0f}", self.text, self.by)) + "\n"


@functools.lru_cache(maxsize=None)
def text_now(file, function):
    path = guest.ROOT / file
    return mutagen.text_of(path.read_text(), function) if path.exists() else ""


def on(mutant, verdict, seconds=0, by="", tests=""):
    for pattern, word in CHANCE:
        by = re.sub(pattern, word, by)
    return Verdict(mutant.file, mutant.function, mutant.name, verdict, seconds,
                   mutagen.text_of("".join(mutant.source), mutant.function),
                   by.replace("\t", " ")[:LONGEST].strip(), tests)


# ---- kept, in the tree, and of this machine's runs ----

def of_line(line):
    name, file, function, verdict, seconds, text, by = line.rstrip("\n").split("\t")
    return Verdict(file, function, name, verdict, float(seconds), text, by)


def kept():
    lines = KEPT.read_text().splitlines(True) if KEPT.exists() else []
    return [of_line(line) for line in lines if not line.startswith("#")]


def of_runs(path):
    lines = path.read_text().splitlines() if path.exists() else []
    return [Verdict(**json.loads(line)) for line in lines]


def holding(verdicts):
    """{name: the last word}, of those that are about what stands there."""
    return {verdict.name: verdict for verdict in verdicts if verdict.holds()}


def write(verdicts):
    KEPT.write_text(HEAD + "".join(verdict.line() for verdict in sorted(verdicts)))


# ---- tables ----

def explained():
    """{name: reason}"""
    lines = EXPLAINED.read_text().splitlines() if EXPLAINED.exists() else []
    pairs = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    return dict(pairs)


def killed(verdicts):
    return [v for v in verdicts if v.verdict in ("lint", "killed")]


def made(verdicts):
    return [v for v in verdicts if v.verdict in MADE]


def percent(verdicts):
    return f"{100 * len(killed(verdicts)) / len(made(verdicts)):.0f} %" if made(verdicts) else "-"


def row(title, verdicts, reasons):
    count = collections.Counter(v.verdict for v in verdicts)
    excused = sum(v.name in reasons for v in verdicts if v.lives)
    return (f"{title:<12} {len(made(verdicts)):>5} {count['lint']:>6} {count['killed']:>7} "
            f"{count['alive']:>6} {count['unreached']:>10} {excused:>10} {percent(verdicts):>7}   "
            f"{count['equivalent']:>10} {count['no kernel']:>10}")


def table(verdicts):
    reasons = explained()
    yield (f"{'':<12} {'made':>5} {'lint':>6} {'killed':>7} {'alive':>6} {'unreached':>10} "
           f"{'explained':>10} {'killed':>7}   {'equivalent':>10} {'no kernel':>10}")
    for field in ("subsystem", "kind"):
        groups = collections.defaultdict(list)
        for verdict in verdicts:
            groups[getattr(verdict, field)].append(verdict)
        yield from (row(title, groups[title], reasons) for title in sorted(groups))
        yield ""
    yield row("all", verdicts, reasons)


def detector(verdict):
    """Who killed it, in a word or two."""
    if verdict.verdict == "lint":
        return "lint, " + verdict.by.split(":")[0]
    if verdict.by.startswith("status"):
        return "hangs"
    found = re.match(r"PANIC on a hart(?: .*?)?: (\S+(?: \S+){0,2})", verdict.by)
    return f"panic: {found[1]}" if found else verdict.by.split(" - ")[-1].split(":")[0][:40]


def killers(verdicts, few=1):
    seconds = sorted(v.seconds for v in verdicts if v.verdict == "killed")
    if seconds:
        yield f"killed by a run after {seconds[len(seconds) // 2]:.0f} s (median), " \
              f"{seconds[-1]:.0f} s (longest)"
    counted = collections.Counter(map(detector, killed(verdicts)))
    for who, times in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        if times >= few:
            yield f"{times:>5}  {who}"


def survivors(verdicts):
    reasons = explained()
    for verdict in verdicts:
        if verdict.lives:
            yield f"{verdict.verdict:<10} {verdict.name}, {verdict.file} {verdict.function}()"
            yield f"           {reasons.get(verdict.name, 'no reason is known')}"


def report(verdicts):
    verdicts = sorted(verdicts)
    print(*table(verdicts), "", *killers(verdicts), "", *survivors(verdicts), sep="\n")


# ---- in the documents ----

def group(verdicts, folders):
    return [verdict for verdict in verdicts if verdict.subsystem in folders]


def documents(verdicts):
    """{path: text}, with what is kept."""
    text = DOCUMENT.read_text()
    for name, folders in GROUPS.items():
        mine = group(verdicts, folders)
        lines = "\n".join((*table(mine), "", *killers(mine, FEW)))
        text = re.sub(rf"(<!-- table: {name} -->\n```\n).*?\n(```\n)",
                      lambda found: f"{found[1]}{lines}\n{found[2]}", text, flags=re.S)
    core = group(verdicts, mutagen.CORE)
    number = f"of {len(made(core))} mutants of the core so far {percent(core)} are killed"
    return {DOCUMENT: text, README: NUMBER.sub(number, README.read_text())}


def problems():
    """Where the tree does not say the same of its mutants in two places."""
    verdicts = kept()
    if verdicts != sorted(verdicts) or len({v.name for v in verdicts}) != len(verdicts):
        yield f"{KEPT.name}: not sorted, or one of them twice"
    for path, text in documents(verdicts).items():
        if path.read_text() != text:
            yield f"{path.name}: not the table of {KEPT.name}: make mutate-keep"
    dead = {verdict.name for verdict in killed(verdicts)}
    yield from (f"{EXPLAINED.name}: {name} is killed" for name in explained() if name in dead)
