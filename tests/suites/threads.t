#!/usr/bin/env bash
# The locks, wait queues and glances of kernel/sync, with threads of the host as harts and
# its thread sanitizer as judge (tests/threads/harts.h). Then the same with one
# mistake each, which QEMU cannot show: the sanitizer has to name the accesses that
# nothing orders any more.
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
export TSAN_OPTIONS=exitcode=66

is_right() {
	build/threads/sync_test "$1"
}

is_named() {
	! run build/threads/planted/"$1" "$1" && says "data race" && says "take_turn"
}

for lock in spinlock mutex rwsem rwspin waitq refcount glance; do
	check "$lock: nothing is left to chance" run is_right "$lock"
done
for planted in tests/threads/planted/*.h; do
	name=$(basename "$planted" .h)
	check "$name: a mistake in it is named" is_named "$name"
done
done_testing
