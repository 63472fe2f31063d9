#!/bin/sh
# The programs of tests/abi on drover, 4 harts.
exec "$(dirname "$0")/../../tools/guest-tap.py" --smp 4 "/bin/run-tests abi"
