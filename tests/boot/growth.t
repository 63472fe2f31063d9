#!/usr/bin/env python3
"""
Claim   What an operation costs does not grow with what it is among, but as
        bench/growth.tsv says: in instructions, whatever the host does.
Method  bench/growth.py, as `make bench-growth` runs it.
"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import tap

done = subprocess.run([ROOT / "bench/growth.py"], text=True, stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT, check=False)
tap.ok(done.returncode == 0, "no cost grows faster than stated", done.stdout)
tap.end()
