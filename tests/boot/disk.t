#!/usr/bin/env python3
"""
Claim   A disk's bytes are the image's, in both directions and at any position;
        writers of parts of one sector do not undo each other; what was synced
        is in the image when the machine is killed.
Method  An image with random bytes, which the guest reads, changes and reads
        again; the host compares.
"""
import hashlib
import os
import pathlib
import shlex
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

SECTOR = 512
SIZE = 1000 * SECTOR            # its last page is not whole
WRITERS, ROUNDS = 4, 12


def shell(script):
    return f"/bin/sh -c {shlex.quote(script)}"


def with_disk(image, script, smp=2):
    path = pathlib.Path(image)
    status, output = guest.run(guest.Machine(smp=smp, disk=str(path), cmd=shell(script)))
    return status, output, path.read_bytes()


def reads(image, raw):
    whole = hashlib.md5(raw).hexdigest()
    part = hashlib.md5(raw[777:777 + 9 * 701]).hexdigest()
    status, output, after = with_disk(
        image, "md5sum </dev/vda; "
        "(dd bs=777 count=1 of=/dev/null; dd bs=701 count=9) </dev/vda 2>/dev/null | md5sum; ls -l /dev/vda")
    tap.ok(status == 0 and whole in output, "all of it is read", output)
    tap.ok(part in output, "and a part that begins and ends inside sectors", output)
    tap.ok("brw-rw----" in output, "/dev/vda is a block device of root's", output)
    tap.ok(after == raw, "reading changes nothing")


def writes(image, raw):
    wanted = bytearray(raw)
    wanted[3 * 700:3 * 700 + 7000] = b"%07000d" % 1
    wanted[-100:] = b"0" * 100
    status, output, after = with_disk(
        image, "printf %07000d 1 | dd of=/dev/vda bs=700 seek=3 conv=notrunc,fsync; "
        f"printf %0300d 2 | dd of=/dev/vda bs=100 seek={SIZE // 100 - 1} conv=notrunc")
    tap.ok(after == bytes(wanted), "what is written is in the image, and nothing else is changed", output)
    tap.ok("No space left" in output, "behind the end there is no room", output)


def share(image):
    """Each writes his bytes of the same sectors."""
    part = SECTOR // WRITERS
    one = (f"r=0; while [ $r -lt {ROUNDS} ]; do printf %0{part}d $1 | "
           f"dd of=/dev/vda bs={part} seek=$((r * {WRITERS} + $1)) conv=notrunc 2>/dev/null; r=$((r + 1)); done")
    status, output, after = with_disk(
        image, f"one() {{ {one}; }}; for w in 0 1 2 3; do one $w & done; wait", smp=4)
    wanted = b"".join(b"%0*d" % (part, w) for w in range(WRITERS)) * ROUNDS
    tap.ok(status == 0 and after[:len(wanted)] == wanted, "four write to parts of the same sectors", output)


def kill(timeout):
    """QEMU, the child of timeout(1), with no time to tidy up."""
    for pid in pathlib.Path(f"/proc/{timeout}/task/{timeout}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)


def killed(image):
    """Blocks are written and synced one after the other until the machine is gone."""
    loop = ("n=0; while true; do echo block $n of many | dd of=/dev/vda bs=512 seek=$n conv=notrunc,fsync "
            "2>/dev/null; echo synced $n; n=$((n + 1)); done")
    with guest.Console(guest.Machine(smp=2, disk=image, cmd=shell(loop))) as console:
        console.expect(r"^synced 20\n")
        kill(console.qemu.pid)
        console.wait()
        told = console.output.count("synced ")
    after = pathlib.Path(image).read_bytes()
    kept = [after[n * SECTOR:].startswith(b"block %d of many\n" % n) for n in range(told)]
    tap.ok(told >= 20 and all(kept), "the machine is killed: what was synced is in the image", console.output)


def readonly(image, raw):
    extra = tuple(guest.disk_options(image, ",readonly=on"))
    status, output = guest.run(guest.Machine(
        smp=2, extra=extra, cmd=shell("echo x >/dev/vda; md5sum /dev/vda")))
    tap.ok("not permitted" in output and hashlib.md5(raw).hexdigest() in output, "a disk for reading is not written to", output)
    tap.ok(pathlib.Path(image).read_bytes() == raw, "and stays as it is")


def no_disk():
    status, output = guest.run(guest.Machine(smp=2, cmd=shell("mknod /n b 254 0; cat /n; ls /dev/vda")))
    tap.ok("No such device" in output and "No such file" in output, "without a disk there is none", output)


with tempfile.TemporaryDirectory() as folder:
    image, raw = os.path.join(folder, "image"), os.urandom(SIZE)
    pathlib.Path(image).write_bytes(raw)
    reads(image, raw)
    writes(image, raw)
    share(image)
    killed(image)
    readonly(image, pathlib.Path(image).read_bytes())
no_disk()
tap.end()
