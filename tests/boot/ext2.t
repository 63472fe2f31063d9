#!/usr/bin/env python3
"""
Claim   An image of mke2fs is read, changed and grown in the guest, and what it
        holds then is what the guest said: to e2fsck, to debugfs, and to the
        guest when it mounts it again. What is not known is refused, or read
        only; what is broken gives errors, and the machine goes on.
Method  Images with blocks of 1, 2 and 4 KiB, of both revisions; the host
        compares. Images with wrong bytes, CORRUPT=n for more of them.
"""
import hashlib
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import ext2
import tap

SIZE = 16384                    # KiB
CORRUPT = int(os.environ.get("CORRUPT", "6"))
MOUNT = "mkdir -p /m && mount -t ext2 /dev/vda /m && cd /m || exit 1; "
UMOUNT = "\ncd / && umount /m && echo unmounted"


def fill(folder):
    """What each image begins with."""
    (folder / "d/e").mkdir(parents=True)
    (folder / "hello").write_text("hello\n")
    (folder / "big").write_bytes(os.urandom(3000000))   # two levels of pointers with 1 KiB
    (folder / "short").symlink_to("hello")
    (folder / "long").symlink_to("x" * 100)
    for i in range(30):
        (folder / f"d/file{i}").write_text(f"{i}\n" * i)


def digest(raw):
    return hashlib.md5(raw).hexdigest()


def reads(image, folder, what):
    big = (folder / "big").read_bytes()
    before = pathlib.Path(image).read_bytes()
    status, output = ext2.run(
        image, "mkdir /m; mount -t ext2 -o ro /dev/vda /m; cat /m/hello /m/short; md5sum /m/big; "
        "readlink /m/long; ls /m/d | wc -l; echo x >/m/hello; touch /m/y; mount | grep vda; umount /m")
    tap.ok(status == 0 and output.count("hello\n") >= 2 and digest(big) in output and
           "x" * 100 in output and "\n31\n" in output, f"{what}: files, links and directories are read", output)
    tap.ok("/dev/vda on /m type ext2 (ro" in output and output.count("Read-only file system") >= 2 and
           pathlib.Path(image).read_bytes() == before, f"{what}: read only, it is not changed", output)


def is_watched(image):
    status, output = ext2.run(image, "/tests/abi/inotify /dev/vda")
    tap.ok(status == 0 and "\nnot ok" not in output and "when memory was wanted" in output and
           not ext2.check(image), "a watch lasts as long as what it watches", output)


def has_handles(image):
    status, output = ext2.run(image, "/tests/abi/handles /dev/vda")
    tap.ok(status == 0 and "\nnot ok" not in output and "after another mount" in output and
           not ext2.check(image), "inodes are found by handles, after another mount, too", output)
    status, output = ext2.run(image, MOUNT + "/tests/stress/handle_storm -n 300 /m" + UMOUNT, smp=4)
    tap.ok("unmounted" in output and "\nok 1" in output and not ext2.check(image),
           "while they are made and freed", output)


CHANGES = MOUNT + """
echo new >n; cp big big2; mkdir -p a/b/c; mv big2 a/b/c/big3; ln hello hard
ln -s $(printf %0200d 7) slow; ln -s hello fast; rm big; rm -r d/e; mv d/file1 d/file2
dd if=/dev/urandom of=r bs=1000 count=3000 2>/dev/null; cp r a/r; md5sum r
dd if=/dev/zero of=sparse bs=1 count=1 seek=5000000 2>/dev/null; truncate -s 12345 r; md5sum r
mknod dev c 1 3; mkfifo fifo; chown 70000:80000 n; chmod 4755 n; touch -d '2001-02-03 04:05:06' n
i=0; while [ $i -lt 200 ]; do echo $i >a/f$i; i=$((i+1)); done; rm a/f1*
exec 5>unlinked; echo data >&5; rm unlinked; cat <>/proc/self/fd/5 >/dev/null; exec 5>&-
mv a z; rmdir z; stat -c 'links %h %n' hello z .
""" + UMOUNT


def changes(image, folder, what):
    big = (folder / "big").read_bytes()
    status, output = ext2.run(image, CHANGES, smp=4)
    tap.ok(status == 0 and "unmounted" in output, f"{what}: changed in the guest", output)
    wrong = ext2.check(image)
    tap.ok(not wrong, f"{what}: e2fsck finds nothing wrong", wrong)
    sums = [line.split()[0] for line in output.splitlines() if line.endswith("  r")]
    tap.ok(ext2.debugfs(image, "cat /z/b/c/big3") == big and
           [digest(ext2.debugfs(image, "cat /z/r")), digest(ext2.debugfs(image, "cat /r"))] == sums and
           ext2.debugfs(image, "cat /hard") == b"hello\n", f"{what}: the host reads what was written", output)
    n = ext2.debugfs(image, "stat /n").decode()
    tap.ok("4755" in n and "70000" in n and "80000" in n and "Sat Feb  3 04:05:06 2001" in n,
           f"{what}: mode, owner and times are kept", n)
    sparse = ext2.debugfs(image, "stat /sparse").decode()
    blocks = int(sparse.split("Blockcount: ")[1].split()[0])
    tap.ok("Size: 5000001" in sparse and blocks <= 32, f"{what}: a hole takes no blocks", sparse)
    names = ext2.debugfs(image, "ls -p /").decode() + ext2.debugfs(image, "ls -p /z").decode()
    tap.ok(all(f"/{name}/" in names for name in ("hard", "slow", "fast", "dev", "fifo", "z", "f0", "f20", "f99")) and
           not any(f"/{name}/" in names for name in ("big", "unlinked", "a", "f1", "f10", "f199")),
           f"{what}: names are those that are left", names)
    tap.ok("links 2 hello" in output and "links 3 z" in output, f"{what}: links are counted", output)


def full(image):
    status, output = ext2.run(image, MOUNT + """
        dd if=/dev/zero of=a bs=64k 2>&1 | grep -o 'No space left'; rm a; dd if=/dev/zero of=b bs=64k count=64 2>/dev/null
        stat -c 'size %s' b; rm b; i=0; while mkdir x$i 2>/dev/null; do i=$((i+1)); done; df -i . | tail -1""" + UMOUNT)
    tap.ok("No space left" in output and "size 4194304" in output and "100%" in output and not ext2.check(image),
           "a disk that is full says so, and what is removed makes room", output)
    status, output = ext2.run(image, MOUNT + """
        rmdir x*; for i in $(seq 8); do dd if=/dev/zero of=a bs=64k 2>/dev/null; sync & rm a
            dd if=/dev/zero of=b bs=64k count=64 2>/dev/null; stat -c 'size %s' b; rm b; done; wait""" + UMOUNT)
    tap.ok(output.count("size 4194304") == 8 and not ext2.check(image),
           "at once, though it is being written back", output)


def mounts(image):
    status, output = ext2.run(image, MOUNT + """
        umount /m 2>&1 | grep -o busy; exec 6>o; mount -o remount,ro /m 2>&1 | grep -o busy; exec 6>&-
        mount -o remount,ro /m && touch q 2>&1 | grep -o 'Read-only'; mount -o remount,rw /m && echo w >w
        mkdir /n; mount -t ext2 /dev/vda /n && cat /n/w; umount /n; cd /; exec 7>/m/late; umount -l /m; echo late >&7
        mount -t ext2 /dev/vda /n && cat /n/late; umount /n; echo later >&7; exec 7>&-; mount -t ext2 /dev/vda /n && cat /n/late; umount /n
        mount -t ext2 /dev/null /n 2>&1 | grep -o 'lock device'; grep ext2 /proc/filesystems; mount | grep -c vda""")
    tap.ok(output.count("busy\n") == 2 and "Read-only" in output and "\nw\n" in output and "\nlate\nlate\nlater\n" in output and
           "\n\text2\n" in output and output.rstrip().splitlines()[-1].strip() == "0" and not ext2.check(image),
           "umount waits for nobody, MNT_DETACH and remounting as on Linux", output)


def features(image):
    script = "mkdir /m; mount -t ext2 /dev/vda /m; mount -t ext2 -o ro /dev/vda /m && echo readable; ls /m"
    for feature, readable in (("extent", False), ("dir_nlink", True), ("metadata_csum", True)):
        ext2.make(image, 4096, "-O", feature)
        status, output = ext2.run(image, script)
        tap.ok(("readable" in output) == readable and ext2.DEVICE_LINE in output,
               f"{feature}: " + ("it can only be read" if readable else "refused"), output)
    ext2.make(image, 4096, *ext2.revision(0))
    status, output = ext2.run(image, MOUNT + "mkdir d; echo old >d/f; ls -l d" + UMOUNT)
    tap.ok("unmounted" in output and not ext2.check(image) and ext2.debugfs(image, "cat /d/f") == b"old\n",
           "revision 0", output)


USES = """mkdir /m; if mount -t ext2 /dev/vda /m; then cd /m; ls -lR . >/dev/null; cat big d/* >/dev/null
cp big c; mkdir q; mv d q/d; ln hello q/h; rm -rf q; echo x >>big; truncate -s 5000 c; ls -lR . >/dev/null; sync
cd /; umount /m; fi; echo survived"""


def state_of(image):
    header = ext2.tool("dumpe2fs", "-h", image).stdout.decode(errors="replace")
    return header.split("Filesystem state:")[1].split("\n")[0].strip()


def fails_once(image, rules):
    """A disk that fails once, in one of its blocks."""
    ext2.make(image, SIZE)
    layout = ext2.tool("dumpe2fs", image).stdout.decode(errors="replace")
    size = int(layout.split("Block size:")[1].split()[0])
    bitmap = int(layout.split("Block bitmap at ")[1].split()[0].rstrip(","))
    pathlib.Path(rules).write_text('[inject-error]\nevent = "none"\niotype = "write"\nerrno = "5"\n'
                                   f'sector = "{bitmap * size // 512}"\nonce = "on"\n')
    status, output = ext2.run(f"blkdebug:{rules}:{image}", MOUNT + "echo a >a; sync; echo b >b" + UMOUNT)
    tap.ok(status == 0 and "unmounted" in output and "is not written" in output and "errors" in state_of(image),
           "what is not written once leaves a mark on the disk", output + state_of(image))


def is_wrong(image, what, commands, script, *said):
    """An image in which something was set to what it cannot be."""
    ext2.make(image, 4096, "-b", "1024")
    for command in commands:
        ext2.debugfs(image, command, write=True)
    status, output = ext2.run(image, "mkdir /m; mount -t ext2 /dev/vda /m; cd /m; " + script + "; cd /; umount /m; echo survived")
    tap.ok(status == 0 and "survived" in output and all(word in output for word in said), what, output)


def wrong(image):
    is_wrong(image, "a name of an inode that is the file system's own is refused",
             ("link <7> own",), "cat own; rm own; echo x >y; cat y", "inode 7 is in a directory", "\nx\n")
    is_wrong(image, "a directory of more blocks than there are is none",
             ("mkdir d", "sif d size 1073741824", "sif d block[IND] 1000", "sif d block[DIND] 1000"),
             "ls d; touch d/x", f"has {1 << 30} bytes")


def corrupted(image, folder):
    for seed in range(CORRUPT):
        ext2.make(image, 4096, "-b", "1024", "-N", "64", "-O", "^resize_inode", folder=folder)
        ext2.corrupt(image, seed)
        status, output = ext2.run(image, USES)
        tap.ok(status == 0 and "survived" in output, f"wrong bytes, seed {seed}: the machine goes on", output)


with tempfile.TemporaryDirectory() as temporary:
    folder, image = pathlib.Path(temporary) / "files", os.path.join(temporary, "image")
    fill(folder)
    for size in os.environ.get("SIZES", "1024 2048 4096").split():
        ext2.make(image, SIZE, "-b", size, folder=folder)
        reads(image, folder, f"blocks of {size}")
        changes(image, folder, f"blocks of {size}")
    ext2.make(image, 6000)
    full(image)
    ext2.make(image, SIZE)
    has_handles(image)
    is_watched(image)
    mounts(image)
    features(image)
    fails_once(image, os.path.join(temporary, "rules"))
    wrong(image)
    corrupted(image, folder)
tap.end()
