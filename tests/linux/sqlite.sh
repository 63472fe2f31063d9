#!/bin/bash
# Claim   Four writers in WAL mode lose nothing, beside a reader, and the file
#         is sound afterwards: record locks, shared mappings and fsync.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

folder=$(mktemp -d)
base=$folder/base
rows=100

ask() {
	sqlite3 -cmd ".timeout 300000" "$base" "$@"
}

begin() {
	run ask "PRAGMA journal_mode=WAL; CREATE TABLE t(writer INT, n INT, PRIMARY KEY(writer, n));" && says wal
}

write_rows() {
	for n in $(seq $rows); do
		echo "INSERT INTO t VALUES($1, $n);"
	done | ask
}

four_writers() {
	local bad=0 writers=()

	for w in 1 2 3 4; do
		write_rows $w >"$folder/said.$w" 2>&1 &
		writers+=($!)
	done
	ask "SELECT count(*) FROM t" >/dev/null || bad=1
	for w in "${writers[@]}"; do
		wait "$w" || bad=1
	done
	output=$(cat "$folder"/said.*)
	return $bad
}

check "a file in WAL mode" begin
check "four writers come to their end" four_writers
check "all rows are there" test "$(ask "SELECT count(*), sum(n) FROM t")" = "$((4 * rows))|$((4 * rows * (rows + 1) / 2))"
check "integrity_check" test "$(ask "PRAGMA integrity_check")" = ok
check "back to a journal" test "$(ask "PRAGMA journal_mode=DELETE")" = delete
check "VACUUM" run ask "DELETE FROM t WHERE n % 2; VACUUM;"
check "integrity_check after that" test "$(ask "PRAGMA integrity_check")" = ok
rm -r "$folder"
done_testing
