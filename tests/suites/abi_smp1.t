#!/bin/sh
# The programs of tests/abi on drover, 1 hart.
exec "$(dirname "$0")/../../tools/guest-tap.py" --smp 1 "/bin/run-tests abi"
