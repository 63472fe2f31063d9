#!/bin/bash
# Claim: of two makes in one tree one builds and the other says that it waits,
# and both end well; what they run afterwards runs side by side.  A make that
# was killed leaves no lock.
#
# Method: in a copy of the tree that has nothing built, in a folder whose name
# has blanks.  The QEMU that both start ends well if it meets the other one.
cd "$(dirname "$0")/../.." || exit
unset MAKEFLAGS MAKELEVEL MFLAGS
# shellcheck source=tests/tap.sh
. tests/tap.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
copy_tree "$scratch/a tree"
cd "$scratch/a tree" || exit
touch "$scratch/a.cpio"

mkdir "$scratch/bin"
cat >"$scratch/bin/qemu-system-riscv64" <<'END'
#!/bin/bash
touch "$MEETING/$$"
for ((i = 0; i < PATIENCE * 10; i++)); do
	[ "$(find "$MEETING" -type f | wc -l)" -lt 2 ] || exit 7
	sleep 0.1
done
exit 1
END
chmod +x "$scratch/bin/qemu-system-riscv64"
mkdir "$scratch/meeting"
export MEETING=$scratch/meeting

boot() {
	PATH=$scratch/bin:$PATH timeout -k 5 "$PATIENCE" make qemu ROOT="$scratch/a.cpio" </dev/null 2>&1
	echo "status $?"
}

boot >"$scratch/first" &
boot >"$scratch/second"
wait
output=$(tail -n 5 "$scratch/first" "$scratch/second")

check "one of two makes waits, in one line" \
	[ "$(cat "$scratch"/{first,second} | grep -c '^another make is building in this tree (pid [0-9]*); waiting$')" = 1 ]
check "the kernel is linked once" \
	[ "$(cat "$scratch"/{first,second} | grep -c '^  LD ')" = 1 ]
check "both QEMUs run at the same time, and both makes fail as they do" \
	[ "$(cat "$scratch"/{first,second} | grep -c "^make: .* Error 7\$")" = 2 ]

setsid tools/building.sh sleep 10000 &
waits_for() {
	output=$(timeout 1 tools/building.sh true 2>&1)
	[ $? = 124 ] && says "(pid $1)"
}
# The first attempts may come before he has the lock and has said his number.
for ((i = 0; i < PATIENCE; i++)); do
	! waits_for $! || break
	sleep 0.1
done
check "while somebody builds, the other waits for him by his number" waits_for $!
kill -KILL $!
wait 2>/dev/null
check "when he is killed the lock is gone" timeout "$PATIENCE" tools/building.sh true

# The one who has just taken the lock, and has not said so yet.
rm build/builder
mkfifo "$scratch/go"
flock . sh -c 'cat "$1"; echo $$ >build/builder; exec sleep 10000' sh "$scratch/go" &
while flock -n . true; do sleep 0.1; done
tools/building.sh true 2>"$scratch/said" &
sleep 0.3
echo >"$scratch/go"
until [ -s "$scratch/said" ]; do sleep 0.1; done
output=$(cat "$scratch/said")
check "who says late that he builds is waited for by his number, too" says "(pid $(cat build/builder))"
kill -KILL "$(cat build/builder)"
wait 2>/dev/null

done_testing
