"""Boot drover in QEMU and talk to it: what run-guest.py and the boot tests use.

    status, output = guest.run(guest.Machine(smp=2, cmd="/tests/abi/fork"))

    with guest.Console(guest.Machine()) as console:
        console.expect(r"# $")
        console.send("echo hello\n")

Every QEMU runs under timeout(1), so none outlives its test.
"""
import dataclasses
import os
import pathlib
import re
import select
import shlex
import subprocess
import sys
import time

import claims

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
SEEDED_QEMU = BUILD / "qemu/qemu-system-riscv64"    # tools/fetch-qemu.sh
HOLD_LOOP = BUILD / "qemu/holdloop.so"              # tools/holdloop.c

# Time is instructions executed, and nothing of the host is seen.  A short run
# has little code to translate: a small buffer for it is quicker to set up.
SEEDED = ("-accel", "tcg,tb-size=32", "-icount", "shift=5,sleep=off", "-seed", "1",
          "-rtc", "base=2026-01-01T00:00:00,clock=vm", "-nodefaults")
# LD_PRELOAD is a list of names between blanks, so this one is relative.
HOLDING = ("env", f"--chdir={ROOT}", f"LD_PRELOAD={HOLD_LOOP.relative_to(ROOT)}")
SCREEN = ("-nographic",)
SEEDED_SCREEN = ("-display", "none", "-serial", "stdio")
TIMED_OUT = (124, 137)      # what timeout(1) says, ended kindly or killed
PATIENCE = 900              # seconds: that it hangs, not that the host is busy


def kernel(profile="lab", variant=""):
    """With the bugs @variant, NAME[,NAME], it is a kernel of its own."""
    folder = profile + "+" + variant.replace(",", "+") if variant else profile
    return str(BUILD / folder / "kernel.elf")


def build(target, profile=os.environ.get("PROFILE", "lab"), limits=()):
    """What mk/build.mk makes; what it says when it cannot.  @limits: words of prlimit
    for each program of it."""
    quiet = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    quiet["PROFILE"] = profile
    limited = ["prlimit", *limits] if limits else []
    done = subprocess.run(["tools/building.sh", *limited, "make", "-s", "-f", "mk/build.mk", target],
                          cwd=ROOT, env=quiet, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout if done.returncode else ""


def in_option(path):
    """As a part of one of QEMU's options, which end at a comma."""
    return str(path).replace(",", ",,")


def kernel_words(command):
    """The words of a shell command as the kernel's command line has them."""
    words = shlex.split(command)
    if any('"' in word for word in words):
        sys.exit("guest: the kernel's command line cannot hold a double quote inside a word")
    return " ".join(f'"{word}"' if " " in word or not word else word for word in words)


def disk_options(path, more=""):
    return ["-global", "virtio-mmio.force-legacy=false",
            "-drive", f"file={in_option(path)},format=raw,if=none,id=disk{more}",
            "-device", "virtio-blk-device,drive=disk"]


@dataclasses.dataclass
class Machine:
    smp: int = 4
    mem: str = "512M"
    board: str = "virt,aclint=on"
    kernel: str = str(BUILD / os.environ.get("PROFILE", "lab") / "kernel.elf")
    initrd: str = str(BUILD / "initramfs.cpio")     # "" for none
    disk: str = ""                                  # a file that is /dev/vda
    append: str = ""                                # words for the kernel
    cmd: str = ""                                   # what init runs
    extra: tuple = ()                               # more options of QEMU
    seeded: bool = False                            # as docs/seeded.md has it
    hold: bool = True                               # its main loop, when seeded
    screen: tuple = None                            # the options of the console

    def command(self):
        append = self.append
        if self.cmd:
            append = f"{append} quiet -- {kernel_words(self.cmd)}"
        screen = self.screen or (SEEDED_SCREEN if self.seeded else SCREEN)
        qemu = [str(SEEDED_QEMU), *SEEDED] if self.seeded else ["qemu-system-riscv64"]
        return [*(HOLDING if self.seeded and self.hold else []), *qemu,
                "-M", self.board, "-smp", str(self.smp),
                "-m", self.mem, *screen, "-nic", "none", "-no-reboot",
                "-kernel", self.kernel, "-append", append.strip(),
                *(["-initrd", self.initrd] if self.initrd else []),
                *(disk_options(self.disk) if self.disk else []), *self.extra]

    def limited(self, timeout):
        return ["timeout", "-k", "5", str(timeout), *self.command()]


def lines_of(raw):
    """Console output as text, without the carriage returns of a terminal."""
    return raw.decode(errors="replace").replace("\r", "")


def run(machine, timeout=PATIENCE):
    """Boot, wait for the end; QEMU's exit status and what was on the console."""
    done = subprocess.run(machine.limited(timeout), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, lines_of(done.stdout)


def run_while_it_speaks(machine, silence, timeout=PATIENCE):
    """As run(), and the seconds since its first word; one that then says nothing for
    so many seconds is ended."""
    with Console(machine, timeout) as console:
        console.read_until(time.monotonic() + timeout)
        begin = time.monotonic()
        while console.read_until(time.monotonic() + silence):
            pass
        status = console.qemu.wait() if console.at_end else TIMED_OUT[0]
    return status, console.output, time.monotonic() - begin


def gdb_console(machine, log):
    """QEMU's options for a console that is kept in a file and, where another client
    cannot change the run, can be typed at (tools/console.py)."""
    if machine.seeded:
        return ("-serial", f"file:{in_option(log)}")
    log.with_suffix(".sock").unlink(missing_ok=True)    # of one that was killed
    socket = os.path.relpath(log.with_suffix(".sock"))
    return ("-chardev", f"socket,id=console,path={in_option(socket)},server=on,wait=off,"
                        f"logfile={in_option(log)}", "-serial", "chardev:console")


def gdb_command(machine, log):
    """gdb, attached to the machine, which has not executed an instruction yet."""
    machine.screen = ("-display", "none", "-monitor", "none", *gdb_console(machine, log))
    machine.hold = False                            # it is who listens to gdb
    machine.extra += ("-S", "-gdb", "stdio")
    if machine.seeded:                              # to look around when it is over
        machine.extra += ("-action", "shutdown=pause")
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in machine.command())
    # On a busy host a machine may need longer for its first word than gdb's two seconds.
    return ["gdb-multiarch", "-q", "-iex", f"set remotetimeout {PATIENCE}",
            "-ex", f"target remote | exec {quoted}",
            "-x", str(ROOT / "tools/gdb/drover.py"), machine.kernel]


def gdb(machine):
    """In place of this program: gdb, the machine stopped before its first instruction."""
    log = claims.file(BUILD / "console.log")
    command = gdb_command(machine, log)
    print(f"gdb: the console is in {log}" +
          ("" if machine.seeded else "; to type at it: make console, in another terminal"))
    os.execvp(command[0], command)


class Console:
    """A guest whose console is typed at.  Output is kept in .output."""

    def __init__(self, machine, timeout=PATIENCE):
        self.output = ""
        self.seen = 0               # how much of it expect() has gone past
        self.at_end = False
        self.deadline = time.monotonic() + timeout
        self.qemu = subprocess.Popen(machine.limited(timeout), stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.qemu.terminate()
        self.qemu.wait()

    def send(self, text):
        self.qemu.stdin.write(text.encode())
        self.qemu.stdin.flush()

    def expect(self, pattern, timeout=PATIENCE):
        """Wait until the console says pattern; the match, or None if it never does.

        Where the console has come to is an end of a line for $, as it has to be for
        a prompt: a number that may go on is followed by \\n.
        """
        deadline = min(self.deadline, time.monotonic() + timeout)
        while True:
            found = re.search(pattern, self.output[self.seen:], re.M)
            if found:
                self.seen += found.end()
                return found
            if not self.read_until(deadline):
                return None

    def read_until(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.qemu.stdout], [], [], left)[0]:
            return False
        chunk = os.read(self.qemu.stdout.fileno(), 65536)
        self.output += lines_of(chunk)
        self.at_end = not chunk
        return bool(chunk)

    def wait(self):
        """Until the machine is off; QEMU's exit status."""
        while self.read_until(self.deadline):
            pass
        return self.qemu.wait()
