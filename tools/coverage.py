#!/usr/bin/env python3
"""Which lines and branches of the kernel the tests reach, and which test reaches what.

    coverage.py [--tests "NAME..."] [--minutes 0]

boots the kernel of PROFILE=coverage, runs in it each program of tests/abi and
tests/stress (or those named) by itself, and makes in build/coverage/

    html/index.html     by folder and file, lines and branches (gcovr)
    lines.json          {file: {line: {test: times}}}: lines x tests.  "boot" is
                        among them: what all boots execute before any test
    seconds.json        {test: seconds}, on this host
    folders.txt         a table, which is printed as well

A test whose counters are there already is not run again, unless the kernel is
another one since.  After so many minutes no further test is begun (0: all are),
and the pages are made of those that were counted: the next call goes on.

The kernel has no code for this.  gcc's counters are words of its .bss, and
what they count stands in its .data: before and after a test QEMU saves that
memory, and the files that gcov wants are written here of the difference.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import gzip
import json
import math
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

import arguments
import guest

OUT = guest.BUILD / "coverage"
KERNEL = OUT / "kernel.elf"
COUNTERS = OUT / "counters"             # a file for each test
PREFIX = "riscv64-linux-gnu-"
DIRECT_MAP = 0xffffffc000000000         # kernel/arch/riscv/kernel.ld
PATIENCE = 600                          # seconds of the host, for a test: that it hangs
LIFE = 100 * PATIENCE                   # of a machine, which runs many
READY, DONE = "ready", "counted"        # what the guest says when it has booted, has run a test
SHELL = f"/bin/sh -c 'echo {READY}; cat | sh'"      # of a pipe: one that edits no lines
BOOT = "boot"                           # what no test has to be run for
KINDS = 8                               # GCOV_COUNTERS of gcc 12
DATA_MAGIC, TAG_FUNCTION, TAG_ARCS = 0x67636461, 0x01000000, 0x01a10000


# ---- what the kernel says of itself: gcc's struct gcov_info, in its image ----

@dataclasses.dataclass
class Function:
    head: bytes             # ident and two checksums, as gcov's file has them
    at: int                 # address of its counters
    count: int


@dataclasses.dataclass
class Object:
    stem: str               # build/coverage/kernel/mm/cow
    head: bytes             # version, stamp and checksum, as gcov's file has them
    functions: list


class Image:
    """The sections of the kernel's file, by address."""

    def __init__(self, path):
        self.raw = path.read_bytes()
        self.symbols = {}
        said = subprocess.run([PREFIX + "nm", path], stdout=subprocess.PIPE, text=True, check=True)
        for line in said.stdout.splitlines():
            address, _, name = line.split()
            self.symbols[name] = int(address, 16)
        offset, = struct.unpack_from("<Q", self.raw, 32)
        size, number = struct.unpack_from("<HH", self.raw, 54)
        self.segments = [struct.unpack_from("<IIQQQQ", self.raw, offset + n * size)
                         for n in range(number)]

    def read(self, form, address):
        for _, _, offset, start, _, size in self.segments:
            if start <= address < start + size:
                return struct.unpack_from("<" + form, self.raw, offset + address - start)
        raise ValueError(f"nothing of the image is at {address:#x}")

    def string(self, address):
        text = b""
        while not text.endswith(b"\0"):
            text += self.read("c", address + len(text))[0]
        return text[:-1].decode()

    def function(self, address):
        _, ident, lines, graph, count, at = self.read("QIII4xI4xQ", address)
        return Function(struct.pack("<III", ident, lines, graph), at, count)

    def object(self, address):
        version, _, stamp, checksum, name = self.read("I4xQIIQ", address)
        number, table = self.read("I4xQ", address + 32 + 8 * KINDS)
        functions = [self.function(self.read("Q", table + 8 * n)[0]) for n in range(number)]
        stem = self.string(name).removesuffix(".gcda")
        return Object(stem, struct.pack("<III", version, stamp, checksum), functions)

    def objects(self):
        begin, end = self.symbols["coverage_info"], self.symbols["coverage_info_end"]
        return [self.object(self.read("Q", at)[0]) for at in range(begin, end, 8)]


# ---- a run ----

def saved_memory(monitor, begin, size, file):
    """What the guest has there; @monitor is the socket of QEMU's."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(monitor))
        answers = link.makefile()
        answers.readline()
        for command, given in (("qmp_capabilities", {}), ("stop", {}), ("pmemsave", {
                "val": begin - DIRECT_MAP, "size": size, "filename": str(file)}), ("cont", {})):
            link.sendall(json.dumps({"execute": command, "arguments": given}).encode())
            next(line for line in answers if '"return"' in line or '"error"' in line)
    return file.read_bytes()


class Guest:
    """A machine whose shell runs one test after another.  What each adds to the
    counters is its own; what the boot has counted is nobody's, and of all."""

    def __init__(self, begin, size, folder):
        self.begin, self.size, self.folder = begin, size, folder
        monitor = ("-qmp", f"unix:{folder / 'monitor'},server=on,wait=off")
        machine = guest.Machine(kernel=str(KERNEL), cmd=SHELL, extra=monitor)
        self.console = guest.Console(machine, LIFE)

    def __enter__(self):
        if not self.console.expect(f"^{READY}$", PATIENCE):
            raise EOFError("the guest does not boot\n" + self.console.output[-2000:])
        return self

    def __exit__(self, *error):
        self.console.__exit__(*error)

    def say(self, command):
        """What the guest says to it."""
        seen = len(self.console.output)
        self.console.send(f"{command}; echo {DONE}\n")
        if not self.console.expect(f"^{DONE}$", PATIENCE):
            raise EOFError("the guest has ended, or hangs\n" + self.console.output[-2000:])
        return self.console.output[seen:]

    def run(self, test):
        folder, name = test.split("/")
        rounds = "" if folder == "abi" else " -n 1"
        return self.say(f"/bin/run-tests {folder}{rounds} {name}")

    def memory(self):
        return saved_memory(self.folder / "monitor", self.begin, self.size,
                            self.folder / "memory")


# ---- for gcov ----

def data_file(thing, counts):
    """The .gcda of an object."""
    raw = struct.pack("<I", DATA_MAGIC) + thing.head
    for function, counted in zip(thing.functions, counts):
        raw += struct.pack("<II", TAG_FUNCTION, 12) + function.head
        raw += struct.pack("<II", TAG_ARCS, 8 * function.count)
        raw += struct.pack(f"<{function.count}Q", *counted)
    return raw + struct.pack("<I", 0)


def write_data(objects, counts, folder):
    """Each beside its notes; their names."""
    rest = iter(counts)
    for thing in objects:
        stem = folder / os.path.relpath(thing.stem, guest.ROOT)
        stem.parent.mkdir(parents=True, exist_ok=True)
        notes = stem.with_name(stem.name + ".gcno")
        if not notes.exists():
            shutil.copy(thing.stem + ".gcno", notes)
        data = stem.with_name(stem.name + ".gcda")
        data.write_bytes(data_file(thing, [next(rest) for _ in thing.functions]))
        yield data


def lines_of(objects, counts):
    """{file: {line: times}}, of every line that is code."""
    found = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as name:
        files = list(write_data(objects, counts, pathlib.Path(name)))
        said = subprocess.run([PREFIX + "gcov", "--json-format", "--stdout", *files],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              check=True)
    for record in said.stdout.splitlines():
        for file in json.loads(record)["files"] if record.startswith("{") else ():
            for line in file["lines"]:
                found[file["file"]][line["line_number"]] += max(0, line["count"])
    return found


def reached(files):
    return {file: {line: times for line, times in lines.items() if times}
            for file, lines in files.items()}


# ---- each test ----

def kept(test):
    """What is known of a test: its counters, by function, its lines, and how long it runs."""
    return COUNTERS / f"{test}.gz"


def read_kept(test):
    return json.loads(gzip.decompress(kept(test).read_bytes()))


class Count:
    """What a machine has counted since it was last asked, by function."""

    def __init__(self, machine, objects):
        self.machine = machine
        self.functions = [function for thing in objects for function in thing.functions]
        self.before = [[0] * function.count for function in self.functions]

    def more(self):
        memory = self.machine.memory()
        now = [list(struct.unpack_from(f"<{f.count}Q", memory, f.at - self.machine.begin))
               for f in self.functions]
        counts = [[b - a for a, b in zip(*pair)] for pair in zip(self.before, now)]
        self.before = now
        return counts


def keep(test, counts, objects, seconds):
    known = {"counts": counts, "lines": reached(lines_of(objects, counts)),
             "seconds": round(seconds, 1)}
    kept(test).parent.mkdir(parents=True, exist_ok=True)
    kept(test).write_bytes(gzip.compress(json.dumps(known).encode(), 1))


def run(tests, image, objects, until):
    """Those of the tests that one machine could run are taken from the list."""
    begin = image.symbols["bss_start"]
    with tempfile.TemporaryDirectory() as name, \
            concurrent.futures.ThreadPoolExecutor(1) as pool, \
            Guest(begin, image.symbols["kernel_end"] - begin, pathlib.Path(name)) as machine:
        count = Count(machine, objects)
        keep(BOOT, count.more(), objects, 0)
        while tests and time.monotonic() < until:
            test = tests.pop(0)
            begin = time.monotonic()
            said = machine.run(test)
            pool.submit(keep, test, count.more(), objects, time.monotonic() - begin)
            good = re.search(r"^ok ", said, re.M) and not re.search(r"^not ok|PANIC", said, re.M)
            print(f"# {test}: {'ok' if good else 'FAILED'}, {len(tests)} to go", flush=True)


def run_missing(tests, image, objects, until):
    built = KERNEL.stat().st_mtime
    missing = [test for test in tests
               if not kept(test).exists() or kept(test).stat().st_mtime < built]
    while missing and time.monotonic() < until:
        try:
            run(missing, image, objects, until)
        except (EOFError, OSError) as error:        # by the test before the first that is left
            print(f"# {error}", flush=True)


def lines_by_test(tests, objects, total):
    """Of every line of code who reaches it, and how often; nobody is {}."""
    table = {file: {str(line): {} for line in lines}
             for file, lines in lines_of(objects, total).items()}
    for test in tests:
        for file, lines in read_kept(test)["lines"].items():
            for line, times in lines.items():
                table[file][line][test] = times
    return table


def summed(tests):
    total = read_kept(tests[0])["counts"]
    for test in tests[1:]:
        total = [list(map(sum, zip(*pair))) for pair in zip(total, read_kept(test)["counts"])]
    return total


# ---- for people ----

def write_pages():
    html = OUT / "html"
    shutil.rmtree(html, ignore_errors=True)
    html.mkdir(parents=True)
    subprocess.run(["gcovr", "--root", ".", "--gcov-executable", PREFIX + "gcov", "--filter",
                    "kernel/", "--html-details", html / "index.html", "--json-summary",
                    OUT / "summary.json", "--exclude-unreachable-branches", OUT / "kernel"],
                   cwd=guest.ROOT, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def folder_of(file):
    return file.split("/")[1]


def folders_table():
    rows = collections.defaultdict(lambda: [0, 0, 0, 0])
    for file in json.loads((OUT / "summary.json").read_text())["files"]:
        numbers = [file[key] for key in ("line_covered", "line_total", "branch_covered",
                                         "branch_total")]
        for folder in (folder_of(file["filename"]), "all"):
            rows[folder] = list(map(sum, zip(rows[folder], numbers)))
    yield f"{'folder':<10} {'lines':>6} {'reached':>8}    {'branches':>8} {'reached':>8}"
    for folder, (reached, lines, taken, branches) in sorted(rows.items()):
        yield (f"{folder:<10} {lines:>6} {100 * reached / max(1, lines):>6.1f} %    "
               f"{branches:>8} {100 * taken / max(1, branches):>6.1f} %")


def all_tests():
    programs = sorted((guest.ROOT / "tests/abi").glob("*.c"))
    return [f"abi/{path.stem}" for path in programs if not path.stem.startswith("lib")] + \
        [f"stress/{name}" for name in arguments.stress_tests()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", default="")
    parser.add_argument("--minutes", type=float, default=0)
    args = parser.parse_args()
    until = time.monotonic() + 60 * args.minutes if args.minutes else math.inf
    tests = args.tests.split() or all_tests()
    unknown = set(tests) - set(all_tests())
    if unknown:
        sys.exit(f"coverage: no such test: {' '.join(sorted(unknown))}")
    image = Image(KERNEL)
    objects = image.objects()
    run_missing(tests, image, objects, until)
    tests = [test for test in (BOOT, *tests) if kept(test).exists()]
    total = summed(tests)
    (OUT / "lines.json").write_text(json.dumps(lines_by_test(tests, objects, total)))
    (OUT / "seconds.json").write_text(
        json.dumps({test: read_kept(test)["seconds"] for test in tests}))
    list(write_data(objects, total, guest.ROOT))
    write_pages()
    table = "\n".join(folders_table())
    (OUT / "folders.txt").write_text(table + "\n")
    print(table, f"pages: {(OUT / 'html/index.html').relative_to(guest.ROOT)}", sep="\n")


if __name__ == "__main__":
    main()
