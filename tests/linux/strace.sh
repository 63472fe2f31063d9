#!/bin/bash
# Claim   strace shows the calls of a program, of those it starts and of its
#         threads, the signals they get and how they end; lets calls fail; comes
#         to one that runs, and leaves it, by its own will or killed.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

folder=$(mktemp -d)
cd "$folder" || exit

shows_calls() {
	run strace -o out cat /etc/hostname &&
		grep -q '^execve("/.*cat", \["cat", "/etc/hostname"\], .*) = 0$' out &&
		grep -q '^openat(AT_FDCWD, "/etc/hostname", O_RDONLY) = 3$' out &&
		grep -q '^+++ exited with 0 +++$' out
}

# A table when all is over: nothing but that.
counts() {
	run strace -c -o out cat /etc/hostname &&
		grep -q ' openat$' out && grep -q ' execve$' out && grep -q ' total$' out
}

# Each command, and each end of one.
follows_forks() {
	run strace -f -o out bash -c 'for i in $(seq 20); do /bin/true & done; wait' &&
		[ "$(grep -c 'execve("/bin/true".*\(= 0\|unfinished\)' out)" = 20 ] &&
		[ "$(grep -c 'exited with 0' out)" -ge 20 ]
}

follows_threads() {
	run strace -f -e trace=futex,exit -o out python3 -c '
import threading
threads = [threading.Thread(target=sum, args=(range(1000),)) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()' &&
		[ "$(grep -c 'exited with 0' out)" = 9 ]
}

shows_signals() {
	run strace -o out bash -c 'trap "echo caught" USR1; kill -USR1 $$; kill -TERM $$'
	grep -q '^--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER' out &&
		grep -q '^+++ killed by SIGTERM +++$' out && says caught
}

injects() {
	run strace -o out -e inject=openat:error=EMFILE:when=3+ cat /etc/hostname
	grep -q 'EMFILE (Too many open files) (INJECTED)$' out && says "Too many open files"
}

# Calls that sleep go on when strace comes, and when it goes.
attaches() {
	local pid status

	sleep 5 &
	pid=$!
	timeout 2 strace -o out -p $pid
	run kill -0 $pid && wait $pid
	status=$?
	[ $status = 0 ] && grep -q '^\(clock_nanosleep\|restart_syscall\)(' out
}

is_stopped_or_killed() {
	local pid tracer

	bash -c 'while :; do :; done' &
	pid=$!
	strace -f -o out -p $pid &
	tracer=$!
	while ! grep -q "^TracerPid:	$tracer$" /proc/$pid/status; do sleep 0.1; done
	kill -KILL $tracer
	wait $tracer
	grep -q "^TracerPid:	0$" /proc/$pid/status && kill $pid
	wait $pid
	[ $? = 143 ]
}

check "the calls of one program" shows_calls
check "-c: how often each call was made" counts
check "-f: twenty at once, each to its end" follows_forks
check "-f: threads" follows_threads
check "signals, and what they do" shows_signals
check "a call that fails because strace says so" injects
check "-p: one that sleeps goes on, with it and without" attaches
check "strace is killed: its tracee is free" is_stopped_or_killed
cd / && rm -r "$folder"
done_testing
