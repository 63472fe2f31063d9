#!/bin/bash
# The programs of tests/abi on Linux's interface: there every one must pass.
cd "$(dirname "$0")/../.." || exit
programs=(tests/abi/*.c)
programs=("${programs[@]%.c}")
exec tools/linux-tap.py "${programs[@]/#/build/root/}"
