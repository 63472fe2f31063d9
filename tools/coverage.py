#!/usr/bin/env python3
"""Which lines and branches of the kernel the tests reach, and which test reaches what.

    coverage.py [--tests "NAME..."] [--jobs 1]

boots the kernel of PROFILE=coverage once for each program of tests/abi and
tests/stress (or those named), and makes in build/coverage/

    html/index.html     by folder and file, lines and branches (gcovr)
    lines.json          {file: {line: {test: times}}}: lines x tests
    folders.txt         a table, which is printed as well

A test whose counters are there already is not run again, unless the kernel is
another one since.

The kernel has no code for this.  gcc's counters are words of its .bss, and
what they count stands in its .data: when a test is over QEMU saves that memory,
and the files that gcov wants are written here.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import gzip
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

import arguments
import guest

OUT = guest.BUILD / "coverage"
KERNEL = OUT / "kernel.elf"
COUNTERS = OUT / "counters"             # a file for each test
PREFIX = "riscv64-linux-gnu-"
DIRECT_MAP = 0xffffffc000000000         # kernel/arch/riscv/kernel.ld
PATIENCE = 600                          # seconds of the host: that it hangs
DONE = "counted"                        # what the guest says when it has run the test
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
                "val": begin - DIRECT_MAP, "size": size, "filename": str(file)})):
            link.sendall(json.dumps({"execute": command, "arguments": given}).encode())
            next(line for line in answers if '"return"' in line or '"error"' in line)
    return file.read_bytes()


def command_of(test):
    """The shell stays: QEMU ends with the first process, and its memory with QEMU."""
    folder, name = test.split("/")
    rounds = "" if folder == "abi" else " -n 1"
    return f"/bin/sh -c '/bin/run-tests {folder}{rounds} {name}; echo {DONE}; sleep 99999'"


def memory_after(test, begin, size, folder):
    """What is in the guest's .bss when it has run the test; and what it said."""
    monitor = folder / "monitor"
    machine = guest.Machine(kernel=str(KERNEL), cmd=command_of(test),
                            extra=("-qmp", f"unix:{monitor},server=on,wait=off"))
    with guest.Console(machine, PATIENCE) as console:
        if not console.expect(f"^{DONE}$"):
            raise EOFError("the guest has ended, or hangs\n" + console.output[-2000:])
        return saved_memory(monitor, begin, size, folder / "memory"), console.output


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
                found[file["file"]][line["line_number"]] += line["count"]
    return found


def reached(files):
    return {file: {line: times for line, times in lines.items() if times}
            for file, lines in files.items()}


# ---- each test ----

def kept(test):
    """What is known of a test: its counters, by function, and its lines."""
    return COUNTERS / f"{test}.gz"


def read_kept(test):
    return json.loads(gzip.decompress(kept(test).read_bytes()))


def run(test, image, objects):
    begin = image.symbols["bss_start"]
    with tempfile.TemporaryDirectory() as name:
        memory, said = memory_after(test, begin, image.symbols["kernel_end"] - begin,
                                    pathlib.Path(name))
    counts = [list(struct.unpack_from(f"<{f.count}Q", memory, f.at - begin))
              for o in objects for f in o.functions]
    known = {"counts": counts, "lines": reached(lines_of(objects, counts))}
    kept(test).parent.mkdir(parents=True, exist_ok=True)
    kept(test).write_bytes(gzip.compress(json.dumps(known).encode(), 1))
    good = re.search(r"^ok ", said, re.M) and not re.search(r"^not ok|PANIC", said, re.M)
    print(f"# {test}: {'ok' if good else 'FAILED'}", flush=True)


def run_missing(tests, image, objects, jobs):
    def one(test):
        try:
            run(test, image, objects)
        except (EOFError, OSError) as error:
            print(f"# {test}: {error}", flush=True)

    built = KERNEL.stat().st_mtime
    missing = [test for test in tests
               if not kept(test).exists() or kept(test).stat().st_mtime < built]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, missing))


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
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    tests = args.tests.split() or all_tests()
    unknown = set(tests) - set(all_tests())
    if unknown:
        sys.exit(f"coverage: no such test: {' '.join(sorted(unknown))}")
    image = Image(KERNEL)
    objects = image.objects()
    run_missing(tests, image, objects, args.jobs)
    tests = [test for test in tests if kept(test).exists()]
    total = summed(tests)
    (OUT / "lines.json").write_text(json.dumps(lines_by_test(tests, objects, total)))
    list(write_data(objects, total, guest.ROOT))
    write_pages()
    table = "\n".join(folders_table())
    (OUT / "folders.txt").write_text(table + "\n")
    print(table, f"pages: {(OUT / 'html/index.html').relative_to(guest.ROOT)}", sep="\n")


if __name__ == "__main__":
    main()
