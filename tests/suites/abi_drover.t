#!/bin/bash
# The programs of tests/abi on drover, with 1, 2, 4 and 8 harts: one plan.
cd "$(dirname "$0")/../.." || exit

guest() {
	tools/guest-tap.py --smp "$1" "/bin/run-tests abi" |
		sed -E "s/^((not )?ok [0-9]+ - )/\1SMP=$1: /"
	return "${PIPESTATUS[0]}"
}

each_number_of_harts() {
	local harts bad=0

	for harts in 1 2 4 8; do
		guest $harts || bad=1
	done
	return $bad
}

# The results of several runs, numbered anew.
as_one_plan() {
	awk '/^1\.\.[0-9]+$/ { planned += substr($0, 4); next }
		/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++number) }
		{ print; fflush() }
		END { print "1.." planned }'
}

each_number_of_harts | as_one_plan
exit "${PIPESTATUS[0]}"
