#!/bin/sh
# The programs of tests/abi on Linux's interface: there every one must pass.
cd "$(dirname "$0")/../.." || exit
exec tools/linux-tap.py build/root/tests/abi/*
