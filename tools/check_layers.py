#!/usr/bin/env python3
"""Check the include rules of kernel/ (docs/architecture.md, "Layers").

    check_layers.py KERNEL_DIR [COMPILER FLAG...]

  L1  a file includes only its own room or a layer that stands lower
  L2  arch/riscv/ is named only from inside arch/riscv/
  L3  *_internal.h is included only from its own room
  L4  headers do not include each other in a circle
  L5  every header compiles alone (only with a COMPILER)
  L6  a .c file declares no extern: what is shared is in a header
  L7  an upcall is declared low and defined exactly once, in a higher folder; why
      there is one, docs/architecture.md says of its header under "Upcalls"

A room is a folder of kernel/, or of kernel/fs/; a layer is one room, or
several that know nothing of each other.  Inside proc/ there is an order too,
but for time/, on whose timers the scheduler stands and which sends signals.

debug/ has two faces: its headers stand beside lib, its bodies may look
anywhere.
"""
import pathlib
import re
import subprocess
import sys

LAYERS = ["lib", "arch", "sync", "mm", "vfs", "proc", "disk", "fs ipc net tty dev", "syscall", "init"]
LEVEL = {folder: level for level, names in enumerate(LAYERS) for folder in names.split()}
TOP = len(LAYERS)
PROC = {"proc/sched": 0, "proc/task": 0.1, "proc/signal": 0.2, "proc/ptrace": 0.3}
PLAIN = {"proc/signal/types.h", "proc/signal/state.h", "proc/ptrace/state.h"}     # structures, no calls
GENERATED = {"asm_offsets.h", "vdso_offsets.h", "races.def"}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
UPCALL_MARK = "/* upcall */"


def folder(path):
    return path.split("/")[0]


def room(path):
    two = path.rpartition("/")[0]
    return two if folder(path) == "fs" or two in PROC else folder(path)


def level(path):
    if folder(path) == "debug":
        return TOP if path.endswith(".c") else LEVEL["lib"]
    if path in PLAIN:
        return LEVEL["proc"] - 0.5
    return LEVEL[folder(path)] + PROC.get(room(path), 0)


def check_include(user, used, files):
    if used not in files:
        yield f"{user}: no such file: {used}"
        return
    beside = "debug" in (folder(user), folder(used)) and level(user) == level(used)
    if "proc" in (room(user), room(used)) and folder(user) == folder(used):
        beside = True
    if room(user) != room(used) and level(used) >= level(user) and not beside:
        yield f"L1 {user}: {room(user)} may not include {used}"
    if used.startswith("arch/riscv/") and not user.startswith("arch/riscv/"):
        yield f"L2 {user}: only arch/riscv may include {used}"
    if used.endswith("_internal.h") and room(user) != room(used):
        yield f"L3 {user}: {used} is private to {room(used)}"


def reasons():
    """What docs/architecture.md says of upcalls."""
    text = (pathlib.Path(__file__).resolve().parent.parent / "docs/architecture.md").read_text()
    return re.search(r"^## Upcalls\n(.*?)^## ", text, re.M | re.S)[1]


def check_reasons(files):
    having = {f"kernel/{file}" for file, text in files.items()
              if file.endswith(".h") and UPCALL_MARK in text}
    named = set(re.findall(r"`(kernel/[\w/]+\.h)`", reasons()))
    yield from (f"L7 {header}: docs/architecture.md does not say why it has upcalls"
                for header in sorted(having - named))
    yield from (f"L7 {header} has no upcalls any more; docs/architecture.md says why"
                for header in sorted(named - having))


def check_circles(includes):
    done, path = set(), []

    def visit(header):
        if header in path:
            yield "L4 circle: " + " -> ".join(path[path.index(header):] + [header])
        elif header not in done:
            path.append(header)
            for used in includes.get(header, []):
                yield from visit(used)
            path.pop()
            done.add(header)

    for header in includes:
        if header.endswith(".h"):
            yield from visit(header)


def check_alone(header, root, compiler):
    result = subprocess.run([*compiler, "-fsyntax-only", "-include", root / header,
                             "-x", "c", "/dev/null"], capture_output=True, text=True)
    if result.returncode:
        reason = next((l for l in result.stderr.splitlines() if "error" in l), "")
        yield f"L5 {header}: does not compile alone: {reason}"


def upcalls(text):
    """The functions that a header declares with the mark, by name."""
    for before in text.split(UPCALL_MARK)[:-1]:
        code = COMMENT.sub("", before).rstrip().removesuffix(";")
        declaration = re.split(r"[;{}]|^\s*#.*$", code, flags=re.M)[-1]
        yield re.search(r"(\w+)\s*\(", declaration)[1]


def check_upcall(header, name, files):
    body = re.compile(rf"^[^\s/#*][^;{{}}/#]*\b{name}\([^;{{}}]*\)[^;{{}}()]*\{{", re.M)
    homes = [f for f, text in files.items() if f.endswith(".c") and body.search(text)]
    if len(homes) != 1 or level(homes[0]) <= level(header):
        yield f"L7 {header}: upcall {name}() is defined in {', '.join(homes) or 'no file'}"


def check(root, compiler):
    files = {str(path.relative_to(root)): path.read_text()
             for path in sorted(root.rglob("*")) if path.suffix in {".c", ".h", ".S", ".def"}}
    includes = {file: [used for used in INCLUDE.findall(text) if used not in GENERATED]
                for file, text in files.items()}

    for file, text in files.items():
        for used in includes[file]:
            yield from check_include(file, used, files)
        if file.endswith(".c") and re.search(r"^\s*extern\b", text, re.M):
            yield f"L6 {file}: extern belongs in a header"
        if file.endswith(".h") and compiler:
            yield from check_alone(file, root, compiler)
        for name in upcalls(text):
            yield from check_upcall(file, name, files)
    yield from check_circles(includes)
    yield from check_reasons(files)


if __name__ == "__main__":
    problems = list(check(pathlib.Path(sys.argv[1]), sys.argv[2:]))
    print(*problems, sep="\n", end="\n" if problems else "")
    sys.exit(bool(problems))
