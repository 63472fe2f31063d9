#!/bin/bash
# Claim: what `make mutants HOSTS=` and `make mutate HOSTS=` send to another machine
# is enough for the work to begin there.
#
# Method: the files that GNU parallel is told to send, alone in a folder.
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/tap.sh
. tests/tap.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

sent() {
	PYTHONPATH=tools python3 -c "
import $1, mutants
command = mutants.engine_command(1, 'hosts')
print(*(command[n + 1] for n, word in enumerate(command) if word == '--basefile'), sep='\n')"
}

begins() {
	local files
	files=$(sent "$1" | grep -v ^build/) || return
	mkdir "$scratch/$1"
	# shellcheck disable=SC2086 # a list of names
	cp -r --parents $files "$scratch/$1"
	output=$(cd "$scratch/$1" && python3 tools/mutants.py --help 2>&1)
}

check "of mutants" begins mutants
check "of mutate, which has more modules" begins mutate
done_testing
