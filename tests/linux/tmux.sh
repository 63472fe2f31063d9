#!/bin/bash
# Claim   tmux has terminals of its own, as many as there are panes: what is typed
#         arrives, what is said is on the screen, a pane has its size and tells of
#         a new one, and all of them end with the server.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

export TERM=screen LC_ALL=C.UTF-8
socket=/tmp/tmux.$$

t() {
	run timeout $PATIENCE tmux -S $socket -f /dev/null "$@"
}

# Until the screen of the pane $1 says $2.
until_screen() {
	local turn

	for ((turn = 0; turn < 3000; turn++)); do
		t capture-pane -p -t "$1" || return
		says "$2" && return
		sleep 0.1
	done
	return 1
}

begins() {
	t new-session -d -s one -x 90 -y 30 "bash --norc --noprofile -i" && t list-sessions && says "one: 1 windows"
}

answers() {
	t send-keys -t one 'echo $((6 * 7)) is the answer' Enter && until_screen one "42 is the answer"
}

has_a_size() {
	t send-keys -t one 'clear; stty size' Enter && until_screen one "30 90"
}

interrupts() {
	t send-keys -t one 'clear; echo $((6 * 9)); sleep 1000' Enter && until_screen one 54 && t send-keys -t one C-c &&
		t send-keys -t one 'echo and on' Enter && until_screen one $'\nand on'
}

splits() {
	t split-window -d -t one "bash --norc --noprofile -i" && t list-panes -t one -F '#{pane_id} #{pane_tty}' &&
		[ "$(cut -d ' ' -f 2 <<<"$output" | sort -u | wc -l)" = 2 ]
}

tells_of_its_size() {
	local below=one:0.1

	t send-keys -t $below 'trap "echo now \$(stty size)" WINCH; echo traps' Enter && until_screen $below $'\ntraps' &&
		t resize-pane -t $below -y 7 && t send-keys -t $below '' Enter && until_screen $below "now 7 90"
}

edits() {
	rm -f /tmp/edited.$$
	t new-window -d -t one:5 "vim -u NONE /tmp/edited.$$" && until_screen one:5 $'\n~' &&
		t send-keys -t one:5 'ihello' Enter 'vim' Escape ':%s/l/L/g' Enter ':wq' Enter &&
		until_gone one:5 && [ "$(cat /tmp/edited.$$)" = $'heLLo\nvim' ]
}

until_gone() {
	local turn

	for ((turn = 0; turn < 3000; turn++)); do
		t list-panes -t "$1" || return 0
		sleep 0.1
	done
	return 1
}

ends() {
	local shells

	t list-panes -s -t one -F '#{pane_pid}' && shells=$output && t kill-server || return
	for ((turn = 0; turn < 3000; turn++)); do
		# shellcheck disable=SC2086
		kill -0 $shells 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

check "a server begins, with a session" begins
check "what is typed is answered on the screen" answers
check "the terminal has the size that it was given" has_a_size
check "Ctrl-C reaches who is in the foreground" interrupts
check "a second pane has a terminal of its own" splits
check "a pane tells of its new size" tells_of_its_size
check "vim is used at a screen" edits
check "with the server all ends" ends
done_testing
