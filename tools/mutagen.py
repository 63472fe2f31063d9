"""Mutants of the kernel, by machine: what tools/mutate.py builds and runs.

    for mutant in mutagen.sampled(mutagen.all_of(), seed=1): ...

mutation/KIND.cocci is a semantic patch; Coccinelle says everywhere in the core,
or in other folders of the kernel, where it applies.  Its head says what of that is one mutant:

    each        each statement or line that changes
    hunk        changes that stand together
    pair        from the call that takes a lock to those that drop it
    swapped     two statements, one after the other, that the rule marks

(KIND-MORE.cocci is another rule of the same kind.)  A mutant has the same name
as long as the lines that it changes stand in that function, so what was found
out about it stays known.
"""
import collections
import dataclasses
import difflib
import hashlib
import itertools
import pathlib
import re
import subprocess

import guest

RULES = guest.ROOT / "mutation"
SITES = guest.BUILD / "mutate/sites"
CORE = ("arch", "sync", "mm", "proc", "ipc")
FOLDERS = CORE + ("dev", "disk", "fs", "net", "syscall", "tty", "vfs")
HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
IN_MACRO = re.compile(r"^(\S+): \d+: try to delete an expanded token", re.M)
CALL = re.compile(r"\b(\w*lock\w*)\((.*?)(?:, \w+)?\);")
ENDS = re.compile(r";\s*(/\*.*)?$")
FUNCTION = re.compile(r"^\w.*?\b(\w+)\(")
COMMENT = re.compile(r"/\*.*?\*/", re.S)


@dataclasses.dataclass
class Edit:
    """Lines of a file, counted from 0, and what stands there instead."""
    start: int
    old: list
    new: list


@dataclasses.dataclass
class Mutant:
    name: str
    kind: str
    claim: str              # the head of its rule
    file: str
    function: str
    edits: list
    source: list            # the lines of the right file

    @property
    def subsystem(self):
        return self.file.split("/")[1]

    @property
    def lines(self):
        """Numbers of the lines that change; of an insertion, of the one before."""
        return sorted({edit.start + 1 + n for edit in self.edits
                       for n in range(len(edit.old))} or {edit.start for edit in self.edits})

    def text(self, padded=False):
        """The wrong file; @padded: no line has another number than in the right one."""
        lines = list(self.source)
        for edit in reversed(self.edits):
            blank = ["\n"] * (len(edit.old) - len(edit.new)) if padded else []
            lines[edit.start:edit.start + len(edit.old)] = edit.new + blank
        return "".join(lines)

    def diff(self):
        return "".join(difflib.unified_diff(self.source, self.text().splitlines(True),
                                            f"a/{self.file}", f"b/{self.file}"))


# ---- where Coccinelle would change something ----

def sources(subsystem):
    return sorted(str(path.relative_to(guest.ROOT))
                  for path in (guest.ROOT / "kernel" / subsystem).rglob("*.c")
                  if path.name != "offsets.c" and "vdso" not in path.parts)


def changes(rule, files):
    """Without files where a macro of their own would have to change: it gives up there."""
    done = subprocess.run(["spatch", "--very-quiet", "--no-includes", "-U", "0",
                           "--macro-file", RULES / "macros.h", "--sp-file", rule, *files],
                          cwd=guest.ROOT, capture_output=True, text=True)
    in_macro = IN_MACRO.search(done.stderr)
    if in_macro:
        return changes(rule, [file for file in files if file != in_macro[1]])
    done.check_returncode()
    return done.stdout


def spatch(rule, subsystem):
    """Its diff without context; kept while neither the rule nor a file is newer."""
    kept = SITES / f"{rule.stem}-{subsystem}.diff"
    files = sources(subsystem)
    inputs = [rule, RULES / "macros.h", *(guest.ROOT / file for file in files)]
    if not kept.exists() or kept.stat().st_mtime < max(p.stat().st_mtime for p in inputs):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(changes(rule, files))
    return kept.read_text()


def hunks(diff):
    """{file: [Edit]}"""
    found = collections.defaultdict(list)
    for line in diff.splitlines(True):
        head = HUNK.match(line)
        if line.startswith("--- "):
            edits = found[line.split()[1]]
        elif head:
            before = head[2] == "0"             # of an insertion: the line before
            edits.append(Edit(int(head[1]) - (not before), [], []))
        elif line[0] == "-":
            edits[-1].old.append(line[1:])
        elif line[0] == "+" and not line.startswith("+++ "):
            edits[-1].new.append(line[1:])
    return found


# ---- what of it is one mutant ----

def statements(edit):
    """Those that a hunk takes out, one after another; where one was a branch, {} stays."""
    begin, text = 0, ""
    stays = [line for line in edit.new[:1] if line.lstrip().startswith("{}")]
    for number, line in enumerate(edit.old, 1):
        text += line
        if text.count("(") == text.count(")") and ENDS.search(text):
            yield [Edit(edit.start + begin, edit.old[begin:number], stays)]
            begin, text = number, ""


def each(edits, _):
    for edit in edits:
        if all(line.lstrip().startswith("{}") for line in edit.new):
            yield from statements(edit)
        elif len(edit.new) == len(edit.old):
            for n, (old, new) in enumerate(zip(edit.old, edit.new)):
                yield [Edit(edit.start + n, [old], [new])]
        else:
            yield [edit]


def hunk(edits, _):
    for edit in edits:
        yield [edit]


def pair(edits, source):
    """By what is locked; a call that drops it belongs to the last one that took it."""
    groups, latest = [], {}
    for [one] in each(edits, source):
        call = CALL.search("".join(one.old))
        if "unlock" not in call[1]:
            latest[call[2]] = []
            groups.append(latest[call[2]])
        latest.setdefault(call[2], []).append(one)
    return [group for group in groups if len(group) > 1]


def follows(second, first, source):
    """Nothing but a comment is between them."""
    between = source[first.start + len(first.old):second.start]
    return all(re.match(r"\s*(/?\*.*)?$", line) for line in between)


def swapped(edits, source):
    marked = [one for edit in edits for [one] in statements(edit)]
    for first, second in zip(marked, marked[1:]):
        if follows(second, first, source):
            yield [Edit(first.start, first.old, second.old),
                   Edit(second.start, second.old, first.old)]


GROUPINGS = {grouping.__name__: grouping for grouping in (each, hunk, pair, swapped)}


# ---- mutants ----

def functions_named(source, name):
    """Their lines; more than one where #if chooses."""
    inside = False
    for text in source:
        found = FUNCTION.match(text)
        if found and not text.rstrip().endswith(";"):
            inside = found[1] == name
        if inside:
            yield text
        inside = inside and not text.startswith("}")


def text_of(source, function):
    """A digest of what a function says, without comments and blanks; of what is in none,
    of the file."""
    lines = functions_named(source.splitlines(True), function) if function else [source]
    said = COMMENT.sub("", "".join(lines))
    return hashlib.sha1("".join(said.split()).encode()).hexdigest()[:7] if said else ""


def function_at(source, line):
    """What the line is in."""
    for text in reversed(source[:line + 1]):
        found = FUNCTION.match(text)
        if found and not text.rstrip().endswith(";"):
            return found[1]
    return ""


def head_of(rule):
    claim, grouping = (line.removeprefix("// ") for line in rule.read_text().splitlines()[:2])
    return claim, GROUPINGS[grouping.removeprefix("One mutant: ")]


def of_rule(rule, subsystem):
    claim, grouping = head_of(rule)
    for file, edits in sorted(hunks(spatch(rule, subsystem)).items()):
        source = (guest.ROOT / file).read_text().splitlines(True)
        for group in grouping(edits, source):
            yield Mutant("", rule.stem.split("-")[0], claim, file,
                         function_at(source, group[0].start), group, source)


def identity(mutant, twins):
    """Of the same change in the same function the n-th."""
    words = [mutant.kind, mutant.file, mutant.function,
             *(text.strip() for edit in mutant.edits for text in (*edit.old, "=>", *edit.new))]
    twins[tuple(words)] += 1
    raw = "\0".join([*words, str(twins[tuple(words)])])
    return f"{mutant.kind}-{hashlib.sha1(raw.encode()).hexdigest()[:7]}"


def all_of(subsystems=CORE):
    """Every mutant of these folders, by kind, file and line; what two rules make is
    made once."""
    seen, twins = set(), collections.Counter()
    rules = sorted(RULES.glob("*.cocci"))
    for rule, subsystem in itertools.product(rules, subsystems):
        for mutant in of_rule(rule, subsystem):
            mutant.name = identity(mutant, twins)
            what = mutant.file, mutant.text()
            if what not in seen:
                seen.add(what)
                yield mutant


def sampled(mutants, seed):
    """In an order in which the first n are spread over subsystems and kinds."""
    groups = collections.defaultdict(list)
    for mutant in mutants:
        groups[mutant.subsystem, mutant.kind].append(mutant)
    for group in groups.values():       # by a draw of its own: one that goes moves no other
        group.sort(key=lambda mutant: hashlib.sha1(f"{seed} {mutant.name}".encode()).digest())
    rounds = max(map(len, groups.values()), default=0)
    return [group[n] for n in range(rounds) for _, group in sorted(groups.items())
            if n < len(group)]
