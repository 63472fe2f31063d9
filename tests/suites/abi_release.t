#!/bin/sh
# The programs of tests/abi on the release kernel, whose timing differs.
exec "$(dirname "$0")/../../tools/guest-tap.py" --smp 4 --profile release "/bin/run-tests abi"
