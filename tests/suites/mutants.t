#!/bin/sh
# Every bug of races/ is caught.  That the right kernel passes
# the same choreographies is stress_smp4.t's part; `make mutants` does both.
cd "$(dirname "$0")/../.." && exec tools/mutants.py --bugs-only
