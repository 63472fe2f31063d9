#!/bin/bash
# Claim   What looks at the system (procps, util-linux) finds what it looks for.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

has() {
	local said=$1

	shift
	run "$@" && says "$said"
}

finds_a_process() {
	sleep 1000 &
	local p=$! found

	found=$(pgrep -x sleep)
	pkill -x sleep
	wait $p
	[ $? = 143 ] && [ "$found" = $p ]
}

locks_out() {
	local lock=/tmp/lock.$$ status

	flock $lock true && exec 9>$lock && flock -n 9 && ! flock -n $lock true
	status=$?
	exec 9>&-
	rm -f $lock
	return $status
}

mounts() {
	mkdir -p /tmp/mounted && run mount -t tmpfs -o size=1m none /tmp/mounted && run findmnt /tmp/mounted && says tmpfs &&
		! run dd if=/dev/zero of=/tmp/mounted/large bs=64k count=32 && says "No space" &&
		run umount /tmp/mounted && ! run findmnt /tmp/mounted
}

packages() {
	has "ok installed" dpkg -s bash && [ -z "$(dpkg --audit)" ]
}

check "ps" has bash ps aux
check "ps of threads" has PSR ps -eLo pid,lwp,psr,comm
check "top" has "load average" top -b -n 1
check "free" has Mem: free -m
check "vmstat" has procs vmstat
check "uptime" has load uptime
check "pgrep and pkill" finds_a_process
check "pmap" has total pmap $$
check "lscpu" has riscv64 lscpu
check "nproc" test "$(nproc)" -ge 1
check "taskset" test "$(taskset -c 0 nproc)" = 1
check "nice and renice" test "$(nice -n 7 nice)" = 7
check "flock" locks_out
check "mount and umount of a tmpfs" mounts
check "prlimit" has 77 prlimit --nofile=77 bash -c "ulimit -n"
check "setpriv" has 1000 setpriv --regid 1000 --clear-groups --no-new-privs id -G
check "lsipc" has SHMMNI lsipc
check "ipcmk and ipcrm" eval 'run ipcmk -M 4096 && run ipcrm -m "${output##* }"'
check "su to another user" has nobody su -s /bin/sh nobody -c whoami
check "dpkg knows its packages" packages
done_testing
