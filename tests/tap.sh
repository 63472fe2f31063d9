# shellcheck shell=bash
# TAP for the tests that are written in shell: sourced.
#
#	check "what has to hold" COMMAND...	the command succeeds; $output is
#						shown (its end) when it does not
#	run COMMAND...				keeps what it says in $output
#	fails_saying "text" COMMAND...		it fails, and says so
#	done_testing

export PATIENCE=900	# seconds: that it hangs, not that the host is busy
output=
number=0
failed=0

check() {
	local name=$1

	shift
	number=$((number + 1))
	if "$@"; then
		echo "ok $number - $name"
	else
		failed=$((failed + 1))
		echo "not ok $number - $name"
		tail -n 30 <<<"$output" | sed 's/^/# /' >&2
	fi
}

says() {
	[[ $output == *"$1"* ]]
}

run() {
	output=$("$@" 2>&1)
}

fails_saying() {
	local said=$1

	shift
	! run "$@" && says "$said"
}

done_testing() {
	echo "1..$number"
	exit $((failed > 0))
}

# A copy of the tree in the folder $1, with nothing built.
copy_tree() {
	mkdir -p "$1"
	tar --exclude=./build --exclude=./.git -c . | tar -C "$1" -x
}
