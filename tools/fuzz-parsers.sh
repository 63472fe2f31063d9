#!/usr/bin/env bash
# fuzz-parsers.sh PARSER SECONDS SEED - give the parsers of tests/fuzz (PARSER: that
# one alone) what libFuzzer makes up, for so long each, from the kept inputs on.
#
# What reached something new stays in build/fuzz/corpus/NAME for the next time; an
# input that was fatal is build/fuzz/NAME-crash-*, and `build/fuzz/NAME FILE` runs
# it again. What is worth keeping goes to tests/fuzz/corpus/NAME:
#
#	build/fuzz/NAME -merge=1 tests/fuzz/corpus/NAME build/fuzz/corpus/NAME
cd "$(dirname "$0")/.." || exit
failed=0

for source in tests/fuzz/${1:-*}.c; do
	name=$(basename "$source" .c)
	[ "$name" != fuzz ] || continue
	mkdir -p "build/fuzz/corpus/$name"
	echo "$name:"
	build/fuzz/"$name" -max_total_time="$2" -seed="$3" -max_len=2048 -timeout=60 \
		-verbosity=0 -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" \
		"build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" 2>&1 |
		grep -vE '^INFO|ecommended|# Uses' || true
	[ "${PIPESTATUS[0]}" = 0 ] || failed=1
done
exit $failed
