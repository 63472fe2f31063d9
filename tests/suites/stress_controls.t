#!/bin/sh
# Each stress test made wrong on purpose: one that does not fail proves nothing.
exec "$(dirname "$0")/../../tools/guest-tap.py" --smp 4 --timeout 1800 "/bin/run-tests controls"
