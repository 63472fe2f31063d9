#!/bin/sh
# The programs of tests/abi on drover, 2 harts.
exec "$(dirname "$0")/../../tools/guest-tap.py" --smp 2 "/bin/run-tests abi"
