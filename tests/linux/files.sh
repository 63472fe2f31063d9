#!/bin/bash
# Claim   The tools that go through trees (coreutils, findutils, sed, gawk, tar,
#         gzip) give the same answers as on Linux.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

folder=$(mktemp -d)
cd "$folder" || exit

make_tree() {
	mkdir -p tree/{a,b,c}/{1,2,3}
	for d in tree/*/*; do
		seq 2000 >"$d/numbers"
		head -c 70000 /dev/urandom >"$d/noise"
		ln -s numbers "$d/symbolic"
		ln "$d/numbers" "$d/hard"
	done
	chmod 640 tree/a/1/noise
	touch -d 2001-02-03T04:05:06Z tree/b/2/noise
	truncate -s 1M tree/c/3/hole
}

there_and_back() {
	run tar -czf tree.tar.gz tree && mkdir back && run tar -xzf tree.tar.gz -C back && run diff -r tree back/tree &&
		[ "$(stat -c '%a' back/tree/a/1/noise)" = 640 ] &&
		[ "$(stat -c '%Y' back/tree/b/2/noise)" = 981173106 ] &&
		[ "$(stat -c '%h' back/tree/b/2/hard)" = 2 ]
}

copies() {
	run cp -a tree copy && run diff -r tree copy && [ "$(stat -c %h copy/a/1/hard)" = 2 ] &&
		run mv copy moved && run diff -r tree moved && run rm -r moved && [ ! -e moved ]
}

finds() {
	[ "$(find tree -type f -name 'n*' -size +10k | wc -l)" = 9 ] &&
		[ "$(find tree -samefile tree/a/1/hard | wc -l)" = 2 ] &&
		[ "$(find tree -name numbers -print0 | xargs -0 -P 4 -n 1 wc -l | awk '{ n += $1 } END { print n }')" = 18000 ]
}

edits() {
	run sed -i 's/^1\(.*\)$/\1 one/' tree/a/1/numbers && [ "$(grep -c one tree/a/1/numbers)" = 1111 ] &&
		[ "$(gawk '{ sum[$1 % 7] += $1 } END { for (i in sum) n += sum[i]; print n }' tree/a/2/numbers)" = 2001000 ]
}

sorts() {
	[ "$(seq 200000 | shuf | sort -n --parallel=4 -S 2M -T . | md5sum)" = "$(seq 200000 | md5sum)" ]
}

splits() {
	split -b 10000 tree/a/1/noise piece. && [ "$(cat piece.* | sha256sum)" = "$(sha256sum <tree/a/1/noise)" ]
}

follows() {
	echo begin >log
	timeout 60 tail -f log >followed &
	tail=$!
	for i in $(seq 500); do
		echo "$i" >>log
		! grep -q 50 followed || break
		sleep 0.05
	done
	kill $tail
	grep -q 50 followed
}

disk() {
	[ "$(du -sk --apparent-size tree/c/3 | cut -f1)" -ge 1024 ] && run df -h / && says %
}

dates() {
	[ "$(TZ=UTC0 date -d @86400 +%F)" = 1970-01-02 ] && [ "$(timeout 0.2 sleep 100; echo $?)" = 124 ]
}

check "a tree is made" make_tree
check "tar and gzip: there and back" there_and_back
check "cp -a, mv, rm -r" copies
check "find and xargs -P" finds
check "sed -i and gawk" edits
check "sort with files of its own" sorts
check "split and sha256sum" splits
check "tail -f sees what is written" follows
check "du and df" disk
check "date and timeout" dates
cd / && rm -r "$folder"
done_testing
