#!/usr/bin/env python3
"""
Claim   Programs that are linked dynamically run as static ones do: the kernel
        maps the dynamic linker that the program names, and that one maps libc.
Method  Tests of tests/abi, linked against the libc of the cross compiler, in a
        root of their own that has its shared objects.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import guest
import tap

CC = os.environ.get("CROSS_COMPILE", "riscv64-linux-gnu-") + "gcc"
OBJECTS = ("ld-linux-riscv64-lp64d.so.1", "libc.so.6", "libgcc_s.so.1")
PROGRAMS = ("pthread_life", "signal_context", "mmap", "exec_rights")


def make_root(folder):
    for name in ("lib", "bin"):
        pathlib.Path(folder, name).mkdir()
    shutil.copy(guest.BUILD / "root/init", folder)
    for name in OBJECTS:
        path = subprocess.run([CC, f"-print-file-name={name}"], capture_output=True, text=True, check=True)
        shutil.copy(path.stdout.strip(), pathlib.Path(folder, "lib"))
    for name in PROGRAMS:
        subprocess.run([CC, "-O2", "-pthread", "-w", "-o", f"{folder}/bin/{name}",
                        guest.ROOT / f"tests/abi/{name}.c"], check=True)


with tempfile.TemporaryDirectory() as folder:
    root, image = pathlib.Path(folder, "root"), pathlib.Path(folder, "root.cpio")
    root.mkdir()
    make_root(root)
    subprocess.run([guest.ROOT / "tools/make-image.py", image, "--skeleton", root], check=True)
    for name in PROGRAMS:
        status, output = guest.run(guest.Machine(initrd=str(image), cmd=f"/bin/{name}"))
        tap.ok(status == 0 and "\nok 1 - " in output.replace("\r", ""), f"{name}, linked dynamically", output)

tap.end()
