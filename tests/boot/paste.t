#!/usr/bin/env python3
"""
Claim   What is typed faster than it is read waits, and nothing of it is lost:
        hundreds of lines, and thousands of bytes without an end of line.
Method  All of it is sent at once, to a program that begins to read late.
"""
import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

LINES, BYTES = 300, 12000


def digest(text):
    return hashlib.md5(text.encode()).hexdigest().upper()


def paste(name, command, text, says):
    with guest.Console(guest.Machine(smp=2, cmd=command), timeout=90) as console:
        console.expect(r"^ready\s", timeout=60)
        console.send(text)
        tap.ok(console.expect(says, timeout=60), name, console.output[-2000:])


lines = "".join(f"line {n} of a text that somebody pastes into a terminal\n" for n in range(LINES))
paste(f"{LINES} lines", f"sh -c 'stty -echo; echo ready; sleep 1; head -n {LINES} | md5sum | tr a-f A-F'", lines,
      digest(lines))
raw = "".join(chr(ord("a") + n * 7 % 26) for n in range(BYTES))
paste(f"{BYTES} bytes in raw mode",
      f"sh -c 'stty raw -echo; echo ready; sleep 1; dd bs=1 count={BYTES} 2>/dev/null | md5sum | tr a-f A-F'", raw,
      digest(raw))

tap.end()
