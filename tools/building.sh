#!/bin/sh
# building.sh COMMAND... - run COMMAND while nobody else builds in this tree.
#
# What is built has fixed names, so two makes must not build at once; what
# they run afterwards may run side by side.  The lock is on the tree's folder,
# held by COMMAND and whatever it starts, until the last of them is gone.
set -eu

exec 9<.
if ! flock -n 9; then
	echo "another make is building in this tree (pid $(cat build/builder 2>/dev/null || echo unknown)); waiting" >&2
	flock 9
fi
mkdir -p build
echo $$ >build/builder
exec "$@"
