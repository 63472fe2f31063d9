#!/bin/bash
# The programs of tests/abi on drover, with 1 and 4 harts (with 2 on the release
# kernel, abi_release.t), and with 8 those in which several threads or processes
# meet: one plan.  And the orders in which locks were taken meanwhile are those of
# docs/locking.md.
cd "$(dirname "$0")/../.." || exit

seen=$(mktemp -d)
trap 'rm -rf "$seen"' EXIT

# Their names, in lines: an init has 64 arguments at most.
with_company() {
	grep -lE 'tap_thread|tap_fork' tests/abi/*.c | sed 's|.*/||; s|\.c$||' | fmt -w 400
}

# HARTS [PROGRAMS]
guest() {
	tools/guest-tap.py --smp "$1" "/bin/run-tests abi $2" | tee -a "$seen/$1" |
		sed -E "s/^((not )?ok [0-9]+ - )/\1SMP=$1: /"
	return "${PIPESTATUS[0]}"
}

each_number_of_harts() {
	local programs bad=0

	guest 1 || bad=1
	guest 4 || bad=1
	while read -r programs; do
		guest 8 "$programs" </dev/null || bad=1
	done < <(with_company)
	return $bad
}

orders_are_documented() {
	local problems

	echo 1..1
	if problems=$(tools/lockgraph.py compare "$seen"/*); then
		echo "ok 1 - orders of locks: each that was seen is documented, and the other way round"
	else
		echo "not ok 1 - orders of locks: each that was seen is documented, and the other way round"
		sed 's/^/# /' <<<"$problems" >&2
		return 1
	fi
}

all_of_it() {
	local bad=0

	each_number_of_harts || bad=1
	orders_are_documented || bad=1
	return $bad
}

# The results of several runs, numbered anew.
as_one_plan() {
	awk '/^1\.\.[0-9]+$/ { planned += substr($0, 4); next }
		/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++number) }
		{ print; fflush() }
		END { print "1.." planned }'
}

all_of_it | as_one_plan
exit "${PIPESTATUS[0]}"
