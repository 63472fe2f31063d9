#!/bin/bash
# Claim   git makes, clones, packs and checks a repository: mappings of packs,
#         renames, links, threads of pack-objects.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

folder=$(mktemp -d)
cd "$folder" || exit
export HOME=$folder GIT_CONFIG_NOSYSTEM=1

begin() {
	run git init -q -b main one && git -C one config user.name n && git -C one config user.email n@localhost
}

commits() {
	for i in $(seq 8); do
		seq $((i * 500)) >one/numbers
		head -c 20000 /dev/urandom >"one/noise.$i"
		run git -C one add . && run git -C one commit -q -m "commit $i" || return
	done
	[ "$(git -C one rev-list --count main)" = 8 ]
}

branches() {
	run git -C one switch -q -c other main~4 && echo x >one/other && run git -C one add other &&
		run git -C one commit -q -m other && run git -C one switch -q main && run git -C one merge -q -m merge other &&
		[ -e one/other ]
}

clones() {
	run git clone -q "file://$folder/one" two && [ "$(git -C two rev-parse HEAD)" = "$(git -C one rev-parse HEAD)" ] &&
		run diff -r --exclude=.git one two
}

packs() {
	run git -C one gc -q --prune=now && run git -C one fsck --full --strict && run git -C one status --porcelain &&
		[ -z "$output" ]
}

travels() {
	run git -C two checkout -q main~3 && run git -C two checkout -q main && run git -C two diff --exit-code origin/main
}

check "init" begin
check "eight commits" commits
check "a branch and its merge" branches
check "clone" clones
check "gc and fsck" packs
check "checkout, back and forth" travels
cd / && rm -r "$folder"
done_testing
