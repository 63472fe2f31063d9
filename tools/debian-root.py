#!/usr/bin/env python3
"""A Debian for riscv64 as a root image: make qemu ROOT=debian PACKAGES="...".

    debian-root.py fetch TAR [PACKAGE...]   from the archive, once
    debian-root.py pack TAR INIT CPIO [FILE...]     what boots, with our /init and
                                            each FILE, a name below the tree, in it

Packages come by mmdebstrap from the mirror that this machine's apt uses, their
signatures checked with the keys of Debian.  Their scripts are riscv64 programs:
they run where tools/foreign.py can make this machine run those, and then it is
a Debian whose dpkg knows what is installed.  Elsewhere packages are unpacked and
not configured, and what a shell needs is made here: users, names, the links of
alternatives.  What nobody reads in a guest (manuals, translations), what is
about this machine, and what the kernel makes itself (/dev) stays out.
"""
import io
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

RELEASE = "trixie"      # the first for riscv64
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
TOOLS = pathlib.Path(__file__).resolve().parent

# Beside what these depend on.
BASE = """base-files base-passwd bash bsdutils coreutils dash debianutils diffutils findutils
    grep gzip hostname less libc-bin mawk mount ncurses-base ncurses-bin passwd perl-base procps
    sed sysvinit-utils tar util-linux""".split()

UNWANTED = re.compile(r"\./(dev/|proc/|sys/|usr/share/(doc|man|info|locale|lintian)/.|etc/(hostname|resolv\.conf)$)")

# As update-alternatives would: the first that is there.
ALTERNATIVES = {"awk": "gawk mawk", "nawk": "gawk mawk", "pager": "less more", "editor": "vim.basic vim.tiny nano",
                "vi": "vim.basic vim.tiny", "vim": "vim.basic", "which": "which.debianutils", "cc": "gcc",
                "c99": "c99-gcc", "c++": "g++", "lua": "lua5.4", "nc": "nc.openbsd nc.traditional"}

# Where a package keeps what its script copies.
COPIES = {"etc/passwd": "usr/share/base-passwd/passwd.master", "etc/group": "usr/share/base-passwd/group.master",
          "etc/nsswitch.conf": "usr/share/libc-bin/nsswitch.conf", "etc/profile": "usr/share/base-files/profile",
          "root/.profile": "usr/share/base-files/dot.profile", "root/.bashrc": "usr/share/base-files/dot.bashrc"}

FOLDERS = {"boot": 0o755, "home": 0o755, "media": 0o755, "mnt": 0o755, "opt": 0o755, "root": 0o700, "run": 0o755,
           "srv": 0o755, "tmp": 0o1777, "usr/local/bin": 0o755, "var/log": 0o755, "var/tmp": 0o1777}

WRITTEN = {"etc/hostname": "drover\n", "etc/hosts": "127.0.0.1\tlocalhost drover\n::1\tlocalhost\n",
           "etc/shells": "/bin/sh\n/bin/bash\n"}


# ---- from the archive ----

def mirror():
    """What private-apt.sh finds: the mirror of this machine's apt; "" if there is none."""
    found = subprocess.run(["sh", "-c", '. tools/private-apt.sh; mirror "$(host_release sid)\\|stable\\|sid"'],
                           cwd=TOOLS.parent, text=True, capture_output=True)
    return found.stdout.strip()


def way_to_install():
    """The beginning of a command, and what the packages are afterwards."""
    foreign = str(TOOLS / "foreign.py")
    probe = subprocess.run([foreign, "true"], text=True, stderr=subprocess.PIPE)
    if probe.returncode == 0:
        return [foreign, "mmdebstrap", "--mode=root", "--variant=minbase", "--skip=check/qemu"], "configured"
    print(probe.stderr.strip(), flush=True)
    return ["mmdebstrap", "--variant=extract"], "unpacked, and not configured"


def fetch(tar, *packages):
    log = pathlib.Path(tar).with_suffix(".log")
    new = pathlib.Path(tar).with_suffix(".new")
    log.parent.mkdir(parents=True, exist_ok=True)
    origin = mirror()
    if not origin:
        sys.exit("debian: this machine's apt has no mirror of Debian, or no key to check its packages with")
    install, state = way_to_install()
    print(f"debian: fetching {RELEASE} for riscv64 from {origin}: some minutes, once; packages are {state}", flush=True)
    with log.open("w") as out:
        done = subprocess.run(
            [*install, "--architectures=riscv64", "--format=tar",
             f"--keyring={KEYRING}", "--aptopt=Acquire::Retries \"1\"",
             "--include=" + ",".join([*BASE, *packages]),
             RELEASE, str(new), f"deb [signed-by={KEYRING}] {origin} {RELEASE} main"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    if done.returncode:
        new.unlink(missing_ok=True)
        said = [line for line in log.read_text().splitlines() if line.startswith("E: ")]
        sys.exit(f"debian: not to be had: {(said or ['see'])[0].removeprefix('E: ')} ({log})")
    new.rename(tar)


# ---- into an image ----

class Cpio:
    """An archive in the format newc, written as it comes."""

    def __init__(self, out):
        self.out, self.ino = out, 0

    def entry(self, path, mode, owner=(0, 0), links=1, mtime=0, size=0, data=None, ino=None, device=(0, 0)):
        name = path.encode() + b"\0"
        if ino is None:
            self.ino += 1
            ino = self.ino
        fields = (ino, mode, *owner, links, int(mtime), size, 0, 0, *device, len(name), 0)
        self.pad(self.out.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name))
        if data is not None:
            shutil.copyfileobj(data, self.out, 1 << 20)
        self.pad(size)
        return ino

    def pad(self, size):
        self.out.write(b"\0" * (-size % 4))

    def text(self, path, mode, text):
        raw = text if isinstance(text, bytes) else text.encode()
        self.entry(path, mode, size=len(raw), data=io.BytesIO(raw))


KINDS = {tarfile.REGTYPE: 0o100000, tarfile.SYMTYPE: 0o120000, tarfile.DIRTYPE: 0o040000,
         tarfile.FIFOTYPE: 0o010000, tarfile.CHRTYPE: 0o020000, tarfile.BLKTYPE: 0o060000}


def name_of(member):
    return member.name.removeprefix("./")


class Packer:
    def __init__(self, tar, out):
        self.tar, self.cpio = tar, Cpio(out)
        self.members = {name_of(m): m for m in tar if not UNWANTED.match("./" + name_of(m))}
        self.numbers = {}       # of a file with several names
        self.more = {}
        for member in self.members.values():
            if member.islnk():
                self.more[name_of_link(member)] = self.more.get(name_of_link(member), 1) + 1

    def copy(self, path, member):
        first = name_of_link(member) if member.islnk() else path
        mode = KINDS[tarfile.REGTYPE if member.islnk() else member.type] | member.mode
        facts = {"owner": (member.uid, member.gid), "mtime": member.mtime, "links": self.more.get(first, 1),
                 "ino": self.numbers.get(first)}
        if member.issym():
            self.cpio.text(path, mode, member.linkname)
            return
        data = self.tar.extractfile(member) if member.isreg() else None
        self.numbers[first] = self.cpio.entry(path, mode, size=member.size if data else 0, data=data, **facts)

    def contents(self, path):
        found = self.members.get(path)
        return self.tar.extractfile(found).read() if found else None

    def settle(self):
        """What the scripts of the packages would have done, if they have not."""
        for path, source in COPIES.items():
            raw = self.contents(source)
            if raw is not None and path not in self.members:
                if path == "etc/passwd":
                    raw = raw.replace(b":*:", b":x:")
                self.cpio.text(path, 0o100644, raw)
        for path, text in WRITTEN.items():
            if path not in self.members:
                self.cpio.text(path, 0o100644, text)
        for path, mode in FOLDERS.items():
            if path not in self.members:
                self.cpio.entry(path, 0o040000 | mode, links=2)
        for name, choices in ALTERNATIVES.items():
            there = [c for c in choices.split() if "usr/bin/" + c in self.members]
            if there and "usr/bin/" + name not in self.members:
                self.cpio.text("usr/bin/" + name, 0o120777, there[0])

    def add(self, paths):
        """Files of ours under their own names, in folders: Linux makes none for them."""
        folders = {str(folder) for path in paths for folder in pathlib.PurePath(path).parents}
        for folder in sorted(folders - {"."}):
            self.cpio.entry(folder, 0o040755, links=2)
        for path in paths:
            self.cpio.text(path, 0o100755, pathlib.Path(path).read_bytes())

    def pack(self, init, more):
        for path, member in self.members.items():
            if path not in ("", "."):
                self.copy(path, member)
        self.settle()
        self.cpio.text("init", 0o100755, init.read_bytes())
        self.add(more)
        self.cpio.entry("TRAILER!!!", 0)


def name_of_link(member):
    return member.linkname.removeprefix("./")


def pack(tar, init, out, *more):
    new = pathlib.Path(out).with_suffix(".new")
    with tarfile.open(tar) as archive, new.open("wb") as file:
        Packer(archive, file).pack(pathlib.Path(init), more)
    new.rename(out)


if __name__ == "__main__":
    {"fetch": fetch, "pack": pack}[sys.argv[1]](*sys.argv[2:])
