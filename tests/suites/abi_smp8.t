#!/bin/sh
# The programs of tests/abi on drover, 8 harts.
exec "$(dirname "$0")/../../tools/guest-tap.py" --smp 8 "/bin/run-tests abi"
