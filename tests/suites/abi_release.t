#!/bin/sh
# The programs of tests/abi on the release kernel, whose timing differs; with 2 harts,
# as abi_drover.t has the lab kernel with the others.
exec "$(dirname "$0")/../../tools/guest-tap.py" --smp 2 --profile release "/bin/run-tests abi"
