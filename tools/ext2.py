"""Images of ext2 for tests: made, looked at and corrupted on the host, used in a
guest.  The programs are those of e2fsprogs, in /usr/sbin."""
import os
import pathlib
import random
import shlex
import signal
import subprocess

import guest

DEVICE_LINE = "ext2: vda: "
TABLES = 24576                  # bytes in which a small image has its tables


def tool(name, *args):
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    return subprocess.run([name, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "PATH": path, "LC_ALL": "C"})


def make(image, size, *options, folder=None):
    """A new one of @size KiB, with what is in @folder."""
    pathlib.Path(image).unlink(missing_ok=True)
    done = tool("mke2fs", "-q", "-F", "-t", "ext2", *options, *(["-d", folder] if folder else []),
                image, f"{size}k")
    if done.returncode:
        raise SystemExit(f"mke2fs: {done.stdout.decode(errors='replace')}")


def revision(number):
    """The words for it, which are others for a newer mke2fs."""
    old = b"-r fs-revision" in tool("mke2fs").stdout
    return ("-r", str(number)) if old else ("-E", f"revision={number}")


def check(image):
    """What is wrong with it, or ""."""
    done = tool("e2fsck", "-fn", image)
    return "" if done.returncode == 0 else done.stdout.decode(errors="replace")


def mend(image):
    """As after a crash; false: it cannot be."""
    return tool("e2fsck", "-fy", image).returncode <= 1


def debugfs(image, command, write=False):
    done = subprocess.run(["debugfs", *(["-w"] if write else []), "-R", command, str(image)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL,
                          env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    return done.stdout


def machine(image, script, smp=2, **options):
    """One that runs @script, and whose kernel may speak."""
    words = guest.kernel_words(f"/bin/sh -c {shlex.quote(script)}")
    return guest.Machine(smp=smp, disk=str(image), append=f"-- {words}", **options)


def run(image, script, smp=2, **options):
    return guest.run(machine(image, script, smp, **options))


def kill(timeout):
    """QEMU, the child of timeout(1), with no time to tidy up."""
    for pid in pathlib.Path(f"/proc/{timeout}/task/{timeout}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)


def corrupt(image, seed):
    """Bytes that are not 0, so that they mean something, become others."""
    dice = random.Random(seed)
    raw = bytearray(pathlib.Path(image).read_bytes())
    used = [at for at in range(1024, len(raw)) if raw[at]]
    tables = [at for at in used if at < TABLES]
    for _ in range(dice.choice((1, 4, 20, 100))):
        raw[dice.choice(tables if dice.random() < 0.7 else used)] = dice.choice((0, 1, 127, 255, dice.randrange(256)))
    pathlib.Path(image).write_bytes(raw)
