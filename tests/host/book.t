#!/usr/bin/env python3
"""
Claim   What the book shows is there: definitions, recorded runs, pictures,
        goals of make and the names given to them; what has gone is named.
        A run that was recorded names what this tree has: functions, points,
        ranks, counters, and the bug that it shows; a search finds the same now.
        A definition is found whole, with its comment, and nothing else.
        A still picture of a trace has all harts, all rows, and well-formed.
Method  The check that `make book` begins with, on the book as it is, and on
        chapters with one mistake each; excerpts of this tree; a made-up trace.
        The pages themselves are made by `make book` alone: that takes a minute.
"""
import pathlib
import sys
import tempfile
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import book
import bookruns
import excerpt
import lanes
import tap
import traceread


def problem_of(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "chapter.md"
        path.write_text(text)
        return "\n".join(book.problems_of(path))


def is_refused(where, **options):
    try:
        return not excerpt.find(where, **options)
    except LookupError:
        return True


found = list(book.problems())
tap.ok(not found, "all that the book cites is there", "\n".join(found))
tap.ok(len(book.chapters()) == 14, "its chapters are listed")

for mistake, text in {
        "a function that is gone": "```{source} kernel/mm/cow.c:copy_nothing\n```\n",
        "a file that is gone": "```{source} kernel/mm/cow.cc\n```\n",
        "a line that is gone": "```{source} kernel/mm/cow.c:replace\n:last: nowhere\n```\n",
        "a run nobody has made": "```{run} nothing\n```\n",
        "a picture nobody has drawn": "```{graphviz} figures/nothing.dot\n```\n",
        "a goal that is none": "    make nothing BUG=dirtycow\n",
        "a bug that is none": "$ make stress BUG=dirtycov\n"}.items():
    tap.ok(problem_of(text), f"noticed: {mistake}")
tap.ok(not problem_of("    make stress BUG=dirtycow      a word on it\n"), "and what is right is not")

for mistake, text in {
        "a point that is gone": "$ make qemu\n -12.3  5 cow_never_was ..157d8\n",
        "a rank that is gone": "$ make locks CMD=x\nOLD_TABLE   all   1   0\n",
        "a count that is gone": '$ make qemu CMD="counters -- x"\n  sheep         12 in all\n',
        "a bug that is not seen": "$ make stress BUG=dirtycow DURATION=30\n  0.0 all is well\n"}.items():
    tap.ok(list(bookruns.problems_of("made-up", text)), f"noticed in a run: {mistake}")

searches = {name: model for name, (words, *_) in book.runs().items() if (model := bookruns.model_of(words))}
old = [name for name, model in searches.items()
       if "\n".join(book.run_text(name).splitlines()[1:]) not in
       "\n".join(line.rstrip() for line in bookruns.searched(*model).splitlines())]
tap.ok(len(searches) == 3 and not old, "a search finds what the book shows", " ".join(old))

text = excerpt.find("kernel/mm/cow.c:install_copy")
tap.ok(text.startswith("/*\n * ORDER truncate-size") and text.endswith("return ok;\n}"),
       "a function, from its comment to its brace", text)
text = excerpt.find("kernel/sync/ranks.h:LOCK_RANKS")
tap.ok("X(CONSOLE," in text and "enum" not in text, "a macro, to its last line", text)
text = excerpt.find("kernel/proc/sched/thread.h:thread_state")
tap.ok(text.startswith("enum thread_state {") and text.endswith("};"), "an enum", text)
text = excerpt.find("kernel/mm/cow.c:replace", first="pte_change", last="tlb_shootdown")
tap.ok(len(text.splitlines()) == 3, "some lines of one", text)
tap.ok(is_refused("kernel/mm/cow.c:fault_result"), "what is only used there is no definition")

events = [traceread.Event(us, *event) for us, event in enumerate((
    ("fault", 0, 7, 0x1000, 1), ("ipi_send", 0, 7, 0, 1), ("ipi_take", 1, 8, 0, 0),
    ("flush", 1, 8, 3, 2), ("fault_end", 0, 7, 0, 0), ("mark", 1, 8, 0, 0)))]
picture = lanes.draw(traceread.Story(traceread.Trace(events, 2, 'lost <a> & "b"', {0: 0, 1: 0})))
words = [text.text for text in xml.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
tap.ok({"hart 0", "hart 1", "fault write", "IPI tlb to 1", "IPI tlb taken", "flush"} <= set(words) and
       words[-1] == 'hart 1: lost <a> & "b"', "a picture has what happened, and why it ended", f"{words}")
few = lanes.draw(traceread.Story(traceread.Trace(events, 2, "", {0: 0, 1: 0})), rows=2)
tap.ok(few.count("<circle") == 2 and "fault write" not in few, "the last rows, if those are asked for", few)
steps = [traceread.Event(us, *event) for us, event in enumerate((
    ("flush", 0, 7, 3, 1), ("point", 1, 8, 1, 0), *(("flush", 0, 7, 3, n) for n in range(2, 6)), ("mark", 1, 8, 0, 0)))]
back = lanes.draw(traceread.Story(traceread.Trace(steps, 2, "", {0: 0, 1: 0})), rows=2)
tap.ok(back.count("<circle") == 3 and traceread.POINTS[1] in back and 'class="gap"' in back and 'class="gap"' not in few,
       "a choreography's step is there, though it lies further back", back)
tap.end()
