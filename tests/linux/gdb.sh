#!/bin/bash
# Claim   gdb stops a program where it is told to, steps, shows and changes its
#         registers and memory, calls its functions, follows what it starts, and
#         comes to one that runs, with all of its threads, and leaves it.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

folder=$(mktemp -d)
cd "$folder" || exit

# gdb, with each argument a command.
debug() {
	local program=$1 words=()

	shift
	for word; do words+=(-ex "$word"); done
	run timeout $PATIENCE gdb -nx -batch "${words[@]}" --args $program
}

stops() {
	debug /bin/true 'break exit' run 'info registers pc' bt continue &&
		says 'Breakpoint 1, ' && says ' in exit ()' && says 'exited normally'
}

steps() {
	debug /bin/true 'break exit' run 'set $at = $pc' stepi 'print $pc != $at' \
		stepi stepi 'x/2i $pc' continue &&
		says '$1 = 1' && says 'exited normally'
}

changes() {
	debug /bin/true 'break exit' run 'set $a0 = 7' 'set $fa0 = 2.5' \
		'print $fa0.double' continue &&
		says '$1 = 2.5' && says 'exited with code 07'
}

calls() {
	debug /bin/true 'break exit' run 'print (int)getpid() > 1' \
		'print (int)abs(-3)' continue &&
		says '$1 = 1' && says '$2 = 3' && says 'exited normally'
}

sees_signals() {
	echo 'kill -SEGV $$' >fault
	debug "bash fault" run 'print $_siginfo.si_signo' continue
	says 'Program received signal SIGSEGV' && says '$1 = 11' &&
		says 'Program terminated with signal SIGSEGV'
}

follows() {
	echo 'exec /bin/true' >other
	debug "bash other" 'set follow-fork-mode child' \
		'catch exec' run continue &&
		says '(exec'\''d ' && says 'exited normally'
}

watches_fork() {
	printf '/bin/true\n:\n' >fork
	debug "bash fork" 'catch fork' 'catch vfork' run continue &&
		says 'Catchpoint ' && says 'exited normally'
}

threads='
import threading, time
def work():
	while True: time.sleep(0.01)
for _ in range(5): threading.Thread(target=work, daemon=True).start()
print("ready", flush=True)
time.sleep(1000)'

attaches() {
	local pid ready

	exec {ready}< <(exec python3 -c "$threads")
	pid=$!
	read -r -u $ready
	run timeout $PATIENCE gdb -nx -batch -p $pid -ex 'info threads' -ex 'print (int)getpid()' -ex detach
	grep -q "^TracerPid:	0$" /proc/$pid/status &&
		[ "$(grep -c '^[* ] *[0-9]* *Thread' <<<"$output")" = 6 ] && says "= $pid" &&
		kill $pid
}

check "a breakpoint, the calls that led there, the end" stops
check "single steps" steps
check "registers are changed, also of the FPU" changes
check "functions of the program are called" calls
check "a fault is shown before it kills" sees_signals
check "the child is followed through exec" follows
check "forks are caught" watches_fork
check "-p: six threads, which go on then" attaches
cd / && rm -r "$folder"
done_testing
