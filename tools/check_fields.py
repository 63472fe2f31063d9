#!/usr/bin/env python3
"""Every field of a struct that threads share says what guards it.

    check_fields.py FOLDER

A struct with a lock in it is shared, one with a field that a lock guards, and
one that has such a struct in it.  So each of its fields has

    GUARDED_BY(lock)	what clang then proves (kernel/sync/lockclass.h), or
    /* (key) ... */	what it cannot: (c) constant, (a) atomic, (own) one
			thread's, or another that the comment above the struct
			explains

in its own line, or in the comment above it.  A lock, a count of references, a
queue of sleepers and a struct that is shared itself look after themselves.
"""
import pathlib
import re
import sys

COMMENT = re.compile(r"/\*.*?\*/", re.S)
STRUCT = re.compile(r"^(?:static )?(?:extern )?struct (?:CAPABILITY\(\"[^\"]*\"\) )?(\w+) \{\n(.*?)^\}",
                    re.M | re.S)
LOCK = re.compile(r"\bstruct (?:LOCK_OF\(|(?:spinlock|mutex|rwsem) \w)")
ITSELF = re.compile(r"\bstruct (?:(LOCK_OF)\([^)]*\)|(\w+)) \w+;")
ALWAYS = {"LOCK_OF", "spinlock", "mutex", "rwsem", "refcount", "waitq", "timer"}
KEY = re.compile(r"/\*\s*\(\w[\w+/.' >-]*\)")
GUARDED = re.compile(r"GUARDED_BY\(")
FUNCTION = re.compile(r"\(\*\w+\)\(")


def fields(body):
    """(offset, text with its comments) for each field: up to its semicolon, what
    stands behind that in its line, and the comment above."""
    bare = COMMENT.sub(lambda c: re.sub(r"[^\n]", " ", c[0]), body)
    start = depth = 0
    for found in re.finditer(r"[{};]", bare):
        if found[0] == "{":
            depth += 1
            start = found.end()
        elif found[0] == "}":
            depth -= 1
            start = found.end()
        else:
            if not bare[start:found.start()].strip(" \n\t") or is_tail(bare[start:found.start()]):
                start = found.end()
                continue
            tail = re.compile(r"[ \t]*(?:/\*.*?\*/)?", re.S).match(body, found.end())
            yield start, body[start:tail.end()]
            start = tail.end()


def is_tail(text):
    """What follows the brace of a struct within a struct: its name."""
    return re.fullmatch(r"\s*\w+(?:\[\w+\])?\s*", text) is not None


def is_shared(body):
    return LOCK.search(body) or GUARDED.search(body)


def shared(text):
    """Each struct of @text that has a lock, or a field that one guards."""
    return (s for s in STRUCT.finditer(text) if is_shared(COMMENT.sub("", s[2])))


def is_explained(field, looks_after_itself):
    code = COMMENT.sub("", field)
    itself = ITSELF.search(code)
    return (GUARDED.search(code) or KEY.search(field) or FUNCTION.search(code) or
            itself and (itself[1] or itself[2]) in looks_after_itself)


def check(texts):
    looks_after_itself = ALWAYS | {s[1] for text in texts.values() for s in shared(text)}
    inside = re.compile(rf"\bstruct ({'|'.join(sorted(looks_after_itself - ALWAYS))}) \w+;")
    for path, text in texts.items():
        for struct in STRUCT.finditer(text):
            bare = COMMENT.sub("", struct[2])
            if not (is_shared(bare) or inside.search(bare)):
                continue
            for start, field in fields(struct[2]):
                if is_explained(field, looks_after_itself):
                    continue
                at = struct.start(2) + start + len(field) - len(field.lstrip())
                yield (f"{path}:{text.count(chr(10), 0, at) + 1}: struct {struct[1]}: what guards "
                       f"it?  {' '.join(COMMENT.sub('', field).split())}")


if __name__ == "__main__":
    paths = sorted(p for p in pathlib.Path(sys.argv[1]).rglob("*") if p.suffix in {".c", ".h"})
    problems = list(check({p: p.read_text() for p in paths}))
    print(*problems, sep="\n", end="\n" if problems else "")
    sys.exit(bool(problems))
