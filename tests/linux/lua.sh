#!/bin/bash
# Claim   lua computes, reads and writes files, starts programs, and ends with
#         the status that it is told.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

folder=$(mktemp -d)
cd "$folder" || exit

computes() {
	run lua5.4 -e 'local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
		print(fib(22), 7 // 2, 2 ^ 0.5 * 2 ^ 0.5 - 2 < 1e-9, ("x"):rep(3), #tostring(math.pi))' &&
		says "17711	3	true	xxx"
}

coroutines() {
	run lua5.4 -e 'local c = coroutine.wrap(function() for i = 1, 1000 do coroutine.yield(i) end end)
		local sum = 0
		for i = 1, 1000 do sum = sum + c() end
		print(sum)' && says 500500
}

files() {
	run lua5.4 -e 'local f = assert(io.open("lines", "w"))
		for i = 1, 5000 do f:write("line ", i, "\n") end
		f:close()
		local n = 0
		for line in io.lines("lines") do n = n + #line end
		assert(os.rename("lines", "moved") and not io.open("lines"))
		print(n)' && says 43893 && [ "$(wc -l <moved)" = 5000 ]
}

programs() {
	run lua5.4 -e 'local p = io.popen("seq 100 | tail -1")
		print(p:read("n"), p:close(), select(3, os.execute("exit 7")))' && says "100	true	7"
}

collects() {
	run lua5.4 -e 'for i = 1, 200000 do local t = { i, { i } } end
		collectgarbage() print(collectgarbage("count") < 1000)' && says true
}

fails() {
	! run lua5.4 -e 'error("no good")' && says "no good"
	lua5.4 -e 'os.exit(9)'
	[ $? = 9 ]
}

check "numbers and strings" computes
check "coroutines" coroutines
check "files" files
check "programs, by popen and execute" programs
check "garbage is collected" collects
check "errors and its status" fails
cd / && rm -r "$folder"
done_testing
