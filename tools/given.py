"""What students have given, read with care (tools/grade.py).

A submission is a folder or a tar.  Of it the files that the lab names are read,
and nothing else; nothing is unpacked, nothing is followed out of it, and what is
read is bounded, unpacked too.  Whoever gives what cannot be read is told why:
Refused.  What he gave is compiled, so no line of it may have the compiler read a
file of the host.
"""
import lzma
import pathlib
import re
import tarfile
import zlib

MOST_BYTES = 1 << 20        # of a file that is given
MOST_TAR_BYTES = 256 << 20  # of an archive, unpacked, up to the last file in it
MOST_MEMBERS = 50000
TAR = re.compile(r"\.(tar|tgz|tar\.\w+)$")
UNREADABLE = (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError)
SPLICE = re.compile(r"\\[ \t]*\n")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
JOINT = re.compile(r'"\s*"')     # of two strings
DIRECTIVE = re.compile(r"^[ \t]*(?:#|%:).*\b(?:include|include_next|import|embed)\b.*", re.M)
PLAIN = re.compile(r"[ \t]*#[ \t]*include[ \t]+(?:<[\w./-]+>|\"(?:\.\./)?[\w./-]+\")")
FOREIGN = re.compile(r"^(?:In file included from )?(?:/(?!usr/)|\S*\.\./\S*\.\./)\S*?:\d+", re.M)
INCBIN = re.compile(r"\bincbin\b|\.include\b")


class Refused(Exception):
    """Why a submission is not graded, for the student."""


def who_of(path):
    return TAR.sub("", path.name)


def submissions(folder):
    """Folders and tars; no two of one student."""
    paths = sorted(path for path in folder.iterdir()
                   if not path.name.startswith(".") and
                   (path.is_dir() or path.is_file() and TAR.search(path.name)))
    seen = {}
    for path in paths:
        if who_of(path) in seen:
            raise SystemExit(f"{folder}: {who_of(path)} is there twice: "
                             f"{seen[who_of(path)].name} and {path.name}")
        seen[who_of(path)] = path
    return paths


def read_folder(folder, name):
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except RuntimeError:        # links in a circle
        inside = False
    if not inside or path.exists() and not path.is_file():
        raise Refused(f"{name} is not a file of the submission")
    if not path.exists():
        return None
    with path.open("rb") as file:
        return bounded(file.read(MOST_BYTES + 1), name)


def bounded(data, name):
    if len(data) > MOST_BYTES:
        raise Refused(f"{name} is too long")
    return data


def members_of(archive):
    """Each, as long as there are not too many, or too much in them: what is packed
    has to be unpacked to find the next one."""
    for number, member in enumerate(archive):
        if number == MOST_MEMBERS or member.offset_data + member.size > MOST_TAR_BYTES:
            raise Refused("there is too much in the archive")
        yield member


def read_tar(path, name):
    """The one member, wherever its folder stands."""
    with tarfile.open(path) as archive:
        found = [member for member in members_of(archive)
                 if f"/{member.name.removeprefix('./')}".endswith(f"/{name}")]
        if len(found) > 1:
            raise Refused(f"{name} is there {len(found)} times")
        if not found:
            return None
        if not found[0].isfile() or ".." in found[0].name.split("/"):
            raise Refused(f"{name} is not a plain file")
        if found[0].size > MOST_BYTES:
            raise Refused(f"{name} is too long")
        return archive.extractfile(found[0]).read()


def refuse_foreign(name, text):
    """No file but those of the tree is shown to the compiler."""
    spliced = SPLICE.sub("", text)
    plain = JOINT.sub("", COMMENT.sub(" ", spliced))
    for line in [*DIRECTIVE.findall(spliced), *DIRECTIVE.findall(plain)]:
        if not PLAIN.match(line) or ".." in line.replace('"../', "", 1) or re.search(r"[<\"]/", line):
            raise Refused(f"{name} includes what is not of the tree: {line.strip()}")
    if INCBIN.search(plain):
        raise Refused(f"{name} has the assembler read a file")


def refuse_shown(said):
    """What the compiler says, unless it has read a file of the host after all."""
    if FOREIGN.search(said):
        raise Refused("it includes what is not of the tree")
    return said


def files(lab, path):
    """{name: text} of all that the lab names."""
    read, found = read_folder if path.is_dir() else read_tar, {}
    for name in lab.files:
        try:
            data = read(path, name)
        except UNREADABLE as error:
            raise Refused(f"it cannot be read: {error}") from error
        if data is None:
            raise Refused(f"{name} is not there")
        found[name] = data.decode(errors="replace")
        if pathlib.Path(name).suffix in {".c", ".h", ".S"}:
            refuse_foreign(name, found[name])
    return found
