#!/usr/bin/env bash
# Each parser of tests/fuzz takes the inputs that were kept, and as many that are
# made of them by one seed: the same each time. `make fuzz-parsers` makes more.
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

survives() {
	mkdir "$made/$1"
	build/fuzz/"$1" -runs=4000 -seed=1 -max_len=1024 -timeout=600 -verbosity=0 \
		-artifact_prefix="build/fuzz/$1-" "$made/$1" "tests/fuzz/corpus/$1"
}

# A wrong parser, made of the right one by sed: the same inputs show it.
is_found() {
	local wrong=$1 name=$2 source=$3

	mkdir -p "$made/kernel/$(dirname "$source")"
	sed "$wrong" "kernel/$source" >"$made/kernel/$source"
	! cmp -s "kernel/$source" "$made/kernel/$source" || return
	clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -w \
		-DLAB=1 -DUNIT_TEST=1 -DLOCK_ANALYSIS -I kernel -I tests/fuzz -o "$made/wrong" \
		"tests/fuzz/$name.c" tests/fuzz/fuzz.c tests/unit/panic.c "$made/kernel/$source" kernel/lib/parse.c || return
	! "$made/wrong" -runs=4000 -seed=1 -max_len=1024 -timeout=600 -verbosity=0 \
		-artifact_prefix="$made/" "tests/fuzz/corpus/$name"
}

for source in tests/fuzz/*.c; do
	name=$(basename "$source" .c)
	[ "$name" = fuzz ] || check "$name" run survives "$name"
done
check "a wrong parser is found: a header that is cut off" \
	run is_found 's/if (left < HEADER_LEN)/if (false)/' cpio lib/cpio.c
check "a wrong parser is found: a script's name is not freed" \
	run is_found 's/^\tkfree(replaced);$//' script proc/task/script.c
check "a wrong parser is found: a linker's name without its end" \
	run is_found "s/^\t    (.path).size - 1. == '.0')\$/\t    true)/" elf proc/task/elf_load.c
done_testing
