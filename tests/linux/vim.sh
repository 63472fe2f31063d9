#!/bin/bash
# Claim   vim edits by a script, without a screen: it substitutes, sorts, filters
#         by another program, and runs a script of its own.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

folder=$(mktemp -d)
cd "$folder" || exit
export HOME=$folder

by_script() {
	seq 100 >numbers
	run timeout 300 vim -u NONE -es numbers -c '%s/^1/one/' -c 'g/5$/d' -c '$put =\"end\"' -c 'wq' &&
		[ "$(wc -l <numbers)" = 91 ] && [ "$(grep -c one numbers)" = 11 ] && [ "$(tail -1 numbers)" = end ]
}

many_lines() {
	seq 50000 >many
	run timeout 300 vim -u NONE -es many -c 'sort! n' -c '%!tail -n 10' -c 'wq' && [ "$(tr '\n' ' ' <many)" = "10 9 8 7 6 5 4 3 2 1 " ]
}

own_script() {
	cat >sum.vim <<-'END'
	let sum = 0
	for i in range(1, 1000)
	  let sum += i
	endfor
	call writefile([string(sum), system('echo from a shell')], 'sum')
	qa!
	END
	run timeout 300 vim -u NONE -es -S sum.vim && grep -qx 500500 sum && grep -q "from a shell" sum
}

# What -s has is typed, at a screen; behind script(1) nobody else types.
at_a_screen() {
	printf 'ihello\nscreen\033:wq\n' >keys
	run timeout 300 script -qec "vim -u NONE -s keys typed" /dev/null </dev/null && [ "$(cat typed)" = $'hello\nscreen' ]
}

check "substitutes, deletes and writes by a script" by_script
check "sorts, and filters by a program" many_lines
check "runs a script of its own" own_script
check "types at a screen" at_a_screen
cd / && rm -r "$folder"
done_testing
