#!/bin/bash
# Claim   python's threads, processes, asynchronous io and mappings work.
# Method  One program for each (python/NAME.py); its asserts are the checks.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

for program in "$(dirname "$0")"/python/*.py; do
	check "$(sed -n '1s/^"""\(.*\)\."""$/\1/p' "$program")" run timeout 300 python3 "$program"
done
done_testing
