#!/bin/sh
# building.sh COMMAND... - run COMMAND while nobody else builds in this tree.
#
# What is built has fixed names, so two makes must not build at once; what
# they run afterwards may run side by side.  The lock is on the tree's folder,
# held by COMMAND and whatever it starts, until the last of them is gone.
set -eu

# Who has the lock says so after he took it.  Until then there is no number,
# or that of the one before; he may also have died and left it to his children.
builder() {
	for _ in $(seq 25); do
		pid=$(cat build/builder 2>/dev/null || :)
		[ ! -d "/proc/${pid:-none}" ] || { echo "pid $pid"; return; }
		sleep 0.2
	done
	echo "one that is gone has left it to its children"
}

exec 9<.
if ! flock -n 9; then
	echo "another make is building in this tree ($(builder)); waiting" >&2
	flock 9
fi
mkdir -p build
echo $$ >"build/builder.$$"
mv "build/builder.$$" build/builder
exec "$@"
