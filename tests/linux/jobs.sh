#!/bin/bash
# Claim   bash has job control on a terminal of its own: what it starts is a
#         group in the foreground or not, and is stopped and continued.
# Method  script(1) makes the pseudoterminal and reads commands from a pipe.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

# Types $1 at a bash that stands at a terminal.
type_at_bash() {
	run script -qec "bash --norc --noprofile -i" /dev/null <<<"$1
exit 0"
}

control() {
	type_at_bash 'tty; sleep 1000 & kill -STOP %1; wait -f %1 & jobs -l; kill -CONT %1; kill %1; wait %1; echo status=$?' &&
		says /dev/pts/ && says status=143
}

foreground() {
	type_at_bash 'sh -c "kill -STOP \$\$; echo went on"; jobs; fg' && says Stopped && says "went on"
}

own_group() {
	type_at_bash 'sleep 1000 & p=$!; [ "$(ps -o pgid= $p)" -eq $p ] && echo own-group; kill $p' && says own-group
}

window() {
	type_at_bash 'stty rows 33 cols 77; stty size; tput cols' && says "33 77"
}

pipeline() {
	[ "$(seq 100000 | rev | sort -n | uniq -c | awk '{ n += $1 } END { print n }')" = 100000 ]
}

check "a job in the background is stopped, continued and ended" control
check "a program that stops goes on by fg" foreground
check "a job has a process group of its own" own_group
check "a terminal has a size" window
check "a pipeline of five" pipeline
done_testing
