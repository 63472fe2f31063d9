#!/bin/bash
# Claim   redis-server serves fifty clients over TCP and over a Unix socket,
#         and saves in the background (fork, copy-on-write) while it is written.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

folder=$(mktemp -d)
socket=$folder/socket

redis-server --port 6400 --unixsocket "$socket" --dir "$folder" --save "" --appendonly no --daemonize no \
	--logfile "$folder/log" &
server=$!

ask() {
	redis-cli -s "$socket" "$@"
}

answers() {
	for _ in $(seq 300); do
		! run ask ping || ! says PONG || return 0
		sleep 0.1
	done
	output+=$(cat "$folder/log")
	return 1
}

keys_are() {
	[ "$(ask dbsize)" = "$1" ]
}

fill() {
	run ask eval 'for i = 1, 20000 do redis.call("set", "k" .. i, string.rep("v", 100) .. i) end return 1' 0 &&
		keys_are 20000
}

bench() {
	run redis-benchmark -q -c 50 -n 2000 -t set,get,lpush,mset "$@" && says "requests per second"
}

saved() {
	[[ $(ask info persistence) == *rdb_bgsave_in_progress:0*rdb_last_bgsave_status:ok* ]]
}

saves_while_written() {
	run ask bgsave && bench -s "$socket" || return
	for _ in $(seq 600); do
		! saved || break
		sleep 0.1
	done
	saved && [ -s "$folder/dump.rdb" ] && run redis-check-rdb "$folder/dump.rdb"
}

ends() {
	ask shutdown nosave
	wait $server
}

check "it answers" answers
check "20,000 keys" fill
check "redis-benchmark over TCP" bench -p 6400
check "redis-benchmark over a Unix socket" bench -s "$socket"
check "a background save while it is written" saves_while_written
check "shutdown" ends
rm -r "$folder"
done_testing
