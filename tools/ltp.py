#!/usr/bin/env python3
"""Run a folder of test programs on drover, and on a Linux: who passes where.

    ltp.py FOLDER [--linux IMAGE] [--test GLOB] [--smp 4] [--mem 1G] [--profile lab]
                  [--limit 60]

FOLDER has static riscv64 programs at any depth: what `make install` of the Linux
Test Project leaves, the conformance programs of the Open POSIX suite, or any of
your own.  A program passes that exits with 0; each runs as root in an empty folder
of its own, at most --limit seconds of the guest, and what it leaves running is
killed.  Programs of one family (execve01, execve_child) are there together.
FOLDER/modules/*.ko are loaded first where the kernel takes them, in order of name:
a Linux that has its loop device or its ext2 in modules needs those to be asked.

They are packed a portion at a time and run on one machine after the other.  A
machine that ends or stands still in the middle of a program failed that program,
and the next machine goes on behind it.

A Linux is asked only about what does not pass here, and what it answered is kept in
build/ltp/, so once for each program.  The status is 1 when there is a program that
passes there and not here; without a Linux, when a machine did not come to its end.
"""
import argparse
import collections
import fnmatch
import itertools
import json
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import zlib

import arguments
import guest

WORK = guest.BUILD / "ltp"
PORTION = 96 << 20          # bytes of programs in one image
LAST_LINES = 20             # of a program that fails: they are shown
STILL = 180                 # seconds more than a program's own: the machine stands still

RUNNER = """#!/bin/sh
# run FIRST LIMIT: the programs of /ltp/list from FIRST on
path=$PATH:/ltp/bin
export PATH LTPROOT=/ltp TMPDIR=/tmp LTP_TIMEOUT_MUL=2
export KCONFIG_SKIP_CHECK=1 LTP_COLORIZE_OUTPUT=n LTP_SINGLE_FS_TYPE=tmpfs
mkdir -p /dev/shm /tmp/ltp /ltp/testcases
mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /sys || mount -t sysfs sysfs /sys
mountpoint -q /dev/shm || mount -t tmpfs -o mode=1777 shm /dev/shm
for module in /ltp/modules/*.ko; do
	[ -e "$module" ] && insmod "$module"
done 2>/dev/null
ifconfig lo 127.0.0.1 up 2>/dev/null
if ! grep -q ^nobody: /etc/passwd; then
	for user in daemon:1 bin:2 nobody:65534; do
		echo "${user%%:*}:x:${user#*:}:${user#*:}::/:/bin/false" >>/etc/passwd
		echo "${user%%:*}:x:${user#*:}:" >>/etc/group
	done
	echo nogroup:x:65533: >>/etc/group
	echo users:x:100: >>/etc/group
fi
ln -s ../bin /ltp/testcases/bin 2>/dev/null
if [ ! -e /bin/mkfs.ext2 ]; then
	echo 'mke2fs "$@"' >/bin/mkfs.ext2
	chmod +x /bin/mkfs.ext2
fi
n=0
while read -r program; do
	n=$((n + 1))
	[ $n -ge $1 ] || continue
	echo "==== $n begins"
	mkdir -m 777 /tmp/ltp/$n
	cd /tmp/ltp/$n || exit
	PATH="$path:/ltp/bin/${program%%/*}"
	timeout -s KILL $2 "/ltp/bin/$program" </dev/null >/tmp/ltp/said 2>&1
	status=$?
	kill -9 -1
	[ $status = 0 ] || tail -n %d /tmp/ltp/said
	cd /
	rm -rf /tmp/ltp/$n
	echo
	echo "==== $n ended $status"
done </ltp/list
""" % LAST_LINES

Result = collections.namedtuple("Result", "status said")


# ---- what is there ----

def is_program(path):
    if not path.is_file() or not path.stat().st_mode & stat.S_IXUSR:
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF" or path.suffix == ".sh"


def programs_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if is_program(path))


def family(name):
    """Those may need each other: execve01, execve_child."""
    path = pathlib.PurePath(name)
    return path.parent, re.match(r"[a-zA-Z]*", path.name)[0]


def portions(folder, names, chosen):
    """Lists of names that fit one image: the whole families of what is chosen."""
    portion, size = [], 0
    for _, members in itertools.groupby(names, family):
        members = list(members)
        if chosen.isdisjoint(members):
            continue
        if size > PORTION:
            yield portion
            portion, size = [], 0
        portion += members
        size += sum((folder / name).stat().st_size for name in members)
    if portion:
        yield portion


# ---- one image ----

def put(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def stage(root, folder, portion, listed):
    for name in portion:
        put(folder / name, root / "ltp/bin" / name)
    for module in folder.glob("modules/*.ko"):
        put(module, root / "ltp/modules" / module.name)
    put(guest.BUILD / "root/init", root / "init")
    (root / "ltp/list").write_text("".join(name + "\n" for name in listed))
    (root / "ltp/run").write_text(RUNNER)
    (root / "ltp/run").chmod(0o755)


def pack(image, folder, portion, listed):
    """Our base and the programs of @portion; /ltp/list are those to run."""
    with tempfile.TemporaryDirectory(dir=WORK) as name:
        root = pathlib.Path(name)
        stage(root, folder, portion, listed)
        inside = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
        subprocess.run([guest.ROOT / "tools/make-image.py", image, "--root", root, "--skeleton",
                        guest.ROOT / "user/skel", "--busybox", guest.BUILD / "busybox/busybox",
                        *inside], check=True)


# ---- one machine ----

def watch(console, limit):
    """Until the machine is off or stands still: {number: status}, and where it stood."""
    ended, running = {}, None
    while True:
        found = console.expect(r"==== (\d+) (begins|ended (\d+))\n", limit + STILL)
        if not found:
            return ended, running
        number = int(found[1])
        if found[2] == "begins":
            running = number
        else:
            ended[number], running = int(found[3]), None


def said_between(output, number):
    found = re.search(rf"==== {number} begins\n(.*?)(?:==== {number} ended|\Z)", output, re.S)
    return found[1].strip().splitlines()[-2 * LAST_LINES:] if found else []


def run_from(machine, listed, first, limit):
    """{name: Result} of what a machine came to, beginning with number @first."""
    machine.cmd = f"/ltp/run {first} {limit}"
    with guest.Console(machine, 24 * 3600) as console:
        ended, running = watch(console, limit)
    results = {listed[number - 1]: Result(status, said_between(console.output, number) if status else [])
               for number, status in ended.items()}
    if running:
        results[listed[running - 1]] = Result(-1, said_between(console.output, running))
    elif not ended:
        sys.exit("ltp: the machine came to no program:\n" + console.output[-2000:])
    return results


def run_all(folder, names, chosen, machine, limit):
    results = {}
    for portion in portions(folder, names, chosen):
        listed = [name for name in portion if name in chosen]
        done = 0
        pack(machine.initrd, folder, portion, listed)
        while done < len(listed):
            part = run_from(machine, listed, done + 1, limit)
            results.update(part)
            done += len(part)
            yield from part.items()
            print(f"ltp: {pathlib.Path(machine.kernel).name}: {len(results)} of {len(chosen)} programs",
                  file=sys.stderr)


# ---- what is known ----

def notebook(image):
    return WORK / f"{zlib.crc32(pathlib.Path(image).read_bytes()):08x}.json"


def read_notes(path):
    notes = json.loads(path.read_text()) if path.exists() else {}
    return {name: Result(*result) for name, result in notes.items()}


def ask_linux(image, wanted, ask):
    """A machine at a time is noted, so that a run that is broken off loses little."""
    notes = notebook(image)
    results = read_notes(notes)
    for name, result in ask(image, "rdinit=/init", wanted.difference(results)):
        results[name] = result
        notes.write_text(json.dumps(results))
    return results


# ---- what is said ----

SAYS = {0: "passes", -1: "the machine ended or stood still", 137: "killed or too slow"}
SAYS_LTP = {1: "fails", 2: "breaks off", 4: "warns", 32: "skips"}
SAYS_POSIX = {1: "fails", 2: "cannot decide", 4: "not supported", 5: "not tested"}


def verdict(name, status):
    """Programs of the Open POSIX suite end in .run-test, and end with statuses of their own."""
    own = SAYS_POSIX if name.endswith(".run-test") else SAYS_LTP
    return SAYS.get(status) or own.get(status, f"status {status}")


def tell(name, result):
    print(f"{name}: {verdict(name, result.status)}")
    print(*("    " + line for line in result.said), sep="\n")


def count_of(results):
    count = collections.Counter(verdict(name, result.status) for name, result in results.items())
    return ", ".join(f"{n} {what}" for what, n in count.most_common())


def compare(linux, drover):
    """What passes there and not here; True: there is some."""
    here = [name for name, result in drover.items() if result.status == 0]
    lost = [name for name in drover if drover[name].status != 0 and linux[name].status == 0]
    for name in lost:
        tell(name, drover[name])
    print(f"ltp: {len(here)} of {len(drover)} programs pass on drover, {len(lost)} more on Linux only"
          f" ({100 * len(here) / max(len(here) + len(lost), 1):.1f} %)")
    return bool(lost)


def tell_all(drover):
    """Without a Linux: what there is to say."""
    for name, result in drover.items():
        if result.status not in (0, 32):
            tell(name, result)
    print("ltp:", count_of(drover))
    return -1 in (result.status for result in drover.values())


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--linux", metavar="IMAGE")
    parser.add_argument("--test", default="*", metavar="GLOB")
    parser.add_argument("--smp", type=int, default=4)
    parser.add_argument("--mem", default="1G")
    parser.add_argument("--profile", default="lab")
    parser.add_argument("--limit", type=int, default=60, metavar="SECONDS")
    return parser.parse_args()


def main():
    args = options()
    names = programs_in(args.folder)
    chosen = {name for name in names if fnmatch.fnmatchcase(name, args.test)}
    if not chosen:
        arguments.refuse(f"ltp: no program in {args.folder} is named {args.test}")

    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as scratch:
        def ask(kernel, words, wanted):
            machine = guest.Machine(args.smp, args.mem, kernel=kernel, append=words,
                                    initrd=f"{scratch}/image.cpio")
            return run_all(args.folder, names, wanted, machine, args.limit)

        drover = dict(ask(guest.kernel(args.profile), "", chosen))
        failed = {name for name, result in drover.items() if result.status != 0}
        linux = ask_linux(args.linux, failed, ask) if args.linux else None
    sys.exit(tell_all(drover) if linux is None else compare(linux, drover))


if __name__ == "__main__":
    main()
