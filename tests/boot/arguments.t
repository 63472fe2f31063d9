#!/bin/bash
# Claim: a bad SMP, MEM or PROFILE is refused before anything is done, in one
# line that says what is allowed; and make's status is that of the guest.
cd "$(dirname "$0")/../.." || exit
unset MAKEFLAGS MAKELEVEL MFLAGS

number=0
result() {
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		echo "# ${3//$'\n'/$'\n'# }" >&2
	fi
}

refused() {
	local output

	! output=$(make qemu "$1" 2>&1) && [ "$(wc -l <<<"$output")" = 1 ] && [[ $output == *"$2"* ]]
	result $? "$1 is refused" "$output"
}

status_is() {
	local output status

	output=$(timeout -k 5 900 make -s qemu "CMD=$2" </dev/null 2>&1)
	status=$?
	[ $status = "$1" ]
	result $? "status $1 of '$2' is make's" "status $status: ${output: -1500}"
}

echo 1..12
refused SMP=0 "1 to 8"
refused SMP=9 "1 to 8"
refused SMP=four "1 to 8"
refused MEM=63M "64M to 8G"
refused MEM=9G "64M to 8G"
refused MEM=much "64M to 8G"
refused PROFILE=fast "lab and release"
status_is 0 "/bin/dbox true"
status_is 1 "/bin/dbox false"
status_is 2 "/bin/run-tests"
status_is 5 "/bin/dsh -c 'exit 5'"
status_is 127 "/bin/no-such-program"
