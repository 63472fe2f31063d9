#!/usr/bin/env python3
"""
Claim   What was synced is there when the machine is killed, whatever it was
        doing; and e2fsck makes the rest whole.  A file that somebody had open
        when its last name went is not found again.
Method  The guest writes files, syncs each, says so, and renames it over one
        that is there; meanwhile others make, grow, cut and remove files that
        nobody syncs. QEMU is killed when so much was said, KILLS=n times. What
        was said by then is read on the host, byte by byte; the renamed one is
        one of its versions, and no mixture.
        Seen to fail: with fsync() that does not flush the indirect blocks
        (ext2_commit() left out of ext2_sync_inode()); and with unlink() that
        writes nothing (ext2_unnamed()).
"""
import os
import pathlib
import random
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import ext2
import guest
import tap

KILLS = int(os.environ.get("KILLS", "3"))
SEED = int(os.environ.get("SEED", "1"))
LINE = 64                       # bytes of a line of contents

GUEST = """mkdir /m; mount -t ext2 /dev/vda /m; cd /m; mkdir s
noise() { i=0; while true; do mkdir n$1; dd if=/dev/urandom of=n$1/x bs=700 count=$((i % 90 + 1)); cp n$1/x n$1/y
  truncate -s $((i * 37 % 5000)) n$1/x; cat n$1/y >>n$1/x; rm -r n$1; i=$((i+1)); done 2>/dev/null; }
noise 1 & noise 2 &
n=0; while [ $n -lt 400 ]; do
  i=0; while [ $i -lt $((n * 7 % 60 + 1)) ]; do printf %064d\\\\n $n; i=$((i+1)); done >s/f$n
  cp s/f$n t; dd of=s/f$n conv=notrunc,fsync count=0 2>/dev/null; dd of=t conv=notrunc,fsync count=0 2>/dev/null
  mv t current; echo synced $n; n=$((n+1)); done"""


def contents(n):
    return b"".join(b"%064d\n" % n for _ in range(n * 7 % 60 + 1))


def one(image, dice, seed):
    ext2.make(image, 8192, "-b", str(dice.choice((1024, 2048, 4096))))
    last = dice.randrange(3, 40)
    with guest.Console(ext2.machine(image, GUEST, smp=4)) as console:
        console.expect(rf"^synced {last}\n")
        ext2.kill(console.qemu.pid)
        console.wait()
    told = console.output.count("synced ")
    mended = ext2.mend(image)
    wrong = ext2.check(image)
    tap.ok(told > last and mended and not wrong, f"killed after {last} (seed {seed}): e2fsck makes it whole",
           console.output + wrong)
    lost = [n for n in range(told) if ext2.debugfs(image, f"cat /s/f{n}") != contents(n)]
    current = ext2.debugfs(image, "cat /current")
    tap.ok(not lost, f"killed after {last}: what was synced is there", f"{console.output}\nlost: {lost}")
    tap.ok(current in [contents(n) for n in range(max(0, told - 2), told + 2)],
           f"killed after {last}: what was renamed is one version", repr(current[:200]))


def nameless(image):
    ext2.make(image, 4096)
    with guest.Console(ext2.machine(image, """mkdir /m; mount -t ext2 /dev/vda /m; cd /m; echo kept >f; exec 5<f
            sync; ls -i f; rm f; sync; echo removed; sleep 1000""")) as console:
        ino = console.expect(r"^ *(\d+) f\n")[1]
        console.expect(r"^removed\n")
        ext2.kill(console.qemu.pid)
        console.wait()
    before = ext2.debugfs(image, f"stat <{ino}>").decode()
    mended = ext2.mend(image)
    found = ext2.debugfs(image, "ls -p /lost+found").decode()
    tap.ok("Links: 0" in before and "Size: 5" in before and mended and f"/#{ino}/" not in found and not ext2.check(image),
           "killed while somebody has a file that was removed: it is gone", before + found)


with tempfile.TemporaryDirectory() as folder:
    for seed in range(SEED, SEED + KILLS):
        one(os.path.join(folder, "image"), random.Random(seed), seed)
    nameless(os.path.join(folder, "image"))
tap.end()
