"""TAP for the tests that are written in Python.

    tap.ok(status == 0, "boots", output)      the last is shown on failure
    tap.end()
"""
import sys

count = failed = 0


def ok(good, name, console=""):
    global count, failed
    count += 1
    print("ok" if good else "not ok", count, "-", name, flush=True)
    if not good:
        failed += 1
        print(f"# {name}; the end of the console:", file=sys.stderr)
        said = [line for line in console.splitlines() if "# lock order " not in line]
        print(*("#   " + line for line in said[-30:]), sep="\n", file=sys.stderr)


def end():
    print(f"1..{count}")
    sys.exit(failed > 0)
