#!/bin/bash
# Claim: the tree works in a folder whose name has what names seldom have,
# blanks and commas.
#
# Method: what is built is copied there with the tree, times and all; so this
# is about running.
cd "$(dirname "$0")/../.." || exit
unset MAKEFLAGS MAKELEVEL MFLAGS
# shellcheck source=tests/tap.sh
. tests/tap.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree="$scratch/a b, c"
mkdir "$tree"
tar --exclude=./.git --exclude=./build/{fresh,watched,checked,debug,release,symbols,coverage} \
	--exclude='./build/lab+*' --exclude='*.sock' -c . | tar -C "$tree" -x
cd "$tree" || exit

run() {
	output=$(timeout -k 5 "$PATIENCE" make "$@" </dev/null 2>&1)
}

run qemu CMD="/bin/dbox echo up and away"
check "make qemu" grep -q "^up and away" <<<"$output"

own="$scratch/my own, bugs"
mkdir "$own"
sed '1s/$/ /' kernel/init/power.c | diff -u --label a/kernel/init/power.c \
	--label b/kernel/init/power.c kernel/init/power.c - >"$own/blank.patch"
run stress PATCHES="$own" BUG=blank TEST=name_races DURATION=1
check "make stress, with a patch from such a folder" grep -q "^ok 1 - name_races" <<<"$output"

run models MODEL=dirty BUG=pte_lost_dirty
check "make models prints the columns" grep -qF "written = true" <<<"$output"

run trace TEST=cow_threads
check "make trace" grep -qF "$tree/build/trace/trace.html" <<<"$output"

if [ -e build/qemu/qemu-system-riscv64 ]; then
	run replay SEED=1 TEST=fork_pid
	check "make replay" grep -q "^run hash" <<<"$output"
fi

done_testing
