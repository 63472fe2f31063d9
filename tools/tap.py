"""TAP for the tests that are written in Python.

    tap.ok(status == 0, "boots", output)      the last is shown on failure
    tap.end()
"""
import sys

SHOWN = 40      # lines of a console

count = failed = 0


def last_words(console):
    """What says why: from where the kernel died, or the end; no orders of locks."""
    said = [line for line in console.splitlines() if "# lock order " not in line]
    died = next((n for n, line in enumerate(said) if "PANIC" in line), max(len(said) - SHOWN, 0))
    return said[died:died + SHOWN]


def ok(good, name, console=""):
    global count, failed
    count += 1
    print("ok" if good else "not ok", count, "-", name, flush=True)
    if not good:
        failed += 1
        print(f"# {name}; the end of the console:", file=sys.stderr)
        print(*("#   " + line for line in last_words(console)), sep="\n", file=sys.stderr)


def end():
    print(f"1..{count}")
    sys.exit(failed > 0)
