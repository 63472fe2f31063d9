#!/bin/sh
# fresh.sh [DEBIANS [USERS]] - the README's two commands, each alone on a bare
# system with make and nothing else: does the first minute work?
#
# DEBIANS are of 12 and 13, USERS of
#	root	the command installs what is missing, and passes
#	sudo	a user who may become root; the same
#	none	a user who may not: the command is refused with a list; when root
#		has installed that list, and nothing else, it passes
#
# A bare system is a folder below build/fresh that debootstrap fills from the
# mirror of this machine's apt; its first state is kept there, as are packages
# once fetched.  Needs root.  Speaks TAP, with the seconds of each command; what
# a command said is in build/fresh/DEBIAN-USER-COMMAND.log.
set -eu
cd "$(dirname "$0")/.."

# shellcheck disable=SC1091 # the file beside this one
. tools/private-apt.sh

work=build/fresh
root=$work/root
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# The shell ends by itself, and nobody is there to type.
command_of() {
	case $1 in
	qemu) echo "make qemu SMP=4 CMD='sh -c \"echo up, \$((40+2))\"'" ;;
	test) echo "make test" ;;
	esac
}

codename() {
	case $1 in
	12) echo bookworm ;;
	13) echo trixie ;;
	esac
}

# ---- a bare system ----

# What our apt needs to reach its mirror.
ways_out() {
	apt-config dump | grep '^Acquire::[a-z]*::Proxy' || true
}

# make_base DEBIAN PACKAGES FILE: the state in which each trial begins.
make_base() {
	from=$(mirror "bookworm\|trixie\|stable")
	[ -n "$from" ] || { echo "fresh: no mirror of Debian in apt's sources" >&2; exit 1; }
	rm -rf "$root"
	debootstrap --variant=minbase --include="$2" "$(codename "$1")" "$root" "$from" \
		>"$3.log" 2>&1 || { tail -n 5 "$3.log" >&2; exit 1; }
	ways_out >"$root/etc/apt/apt.conf.d/99host"
	tar -C "$root" -cf "$3.new" .
	mv "$3.new" "$3"
}

add_user() {
	inside useradd --create-home student
	[ "$1" != sudo ] || echo "student ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/student"
}

copy_tree() {
	mkdir -p "$root/$home/drover"
	tar --exclude=./build --exclude=./.git -c . | tar -C "$root/$home/drover" -x
	inside chown -R "$user" "/$home/drover"
}

# make_system DEBIAN USER: in $root, with $user to work in $home.
make_system() {
	packages='make'
	[ "$2" != sudo ] || packages=make,sudo
	base=$work/debian-$1-$packages.tar
	[ -e "$base" ] || make_base "$1" "$packages" "$base"
	rm -rf "$root"
	mkdir -p "$root" "$work/archives-$1"
	tar -C "$root" -xf "$base"
	user=root home=root
	[ "$2" = root ] || { user=student home=home/student && add_user "$2"; }
	copy_tree
}

# As root in the system, in namespaces of its own: they end with the command,
# and so do its mounts and whatever it has left running.
# shellcheck disable=SC2016 # expanded inside
inside() {
	unshare --mount --pid --fork --kill-child sh -euc '
		root=$1 archives=$2 path=$3
		shift 3
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount --bind "$archives" "$root/var/cache/apt/archives"
		exec chroot "$root" env -i PATH="$path" LANG=C.UTF-8 HOME=/root "$@"
	' inside "$root" "$work/archives-$debian" "$path" "$@" </dev/null
}

as_user() {
	if [ "$user" = root ]; then
		inside sh -c "cd ~/drover && $1"
	else
		inside setpriv --reuid=student --regid=student --init-groups \
			env HOME="/$home" PATH=/usr/local/bin:/usr/bin:/bin sh -c "cd ~/drover && $1"
	fi
}

# ---- trials ----

number=0 failed=0
begin() {
	began=$(date +%s)
}

# result STATUS NAME
result() {
	number=$((number + 1))
	seconds=$(($(date +%s) - began))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2, $seconds s"
	else
		failed=$((failed + 1))
		echo "not ok $number - $2, $seconds s; see $log"
		tail -n 20 "$log" | sed 's/^/#   /'
	fi
}

# passes NAME: the command succeeds.
passes() {
	begin
	status=0
	as_user "$(command_of "$goal")" >>"$log" 2>&1 || status=$?
	result $status "$1"
}

# refused NAME: the command fails, quickly, with the list for this system.
refused() {
	begin
	if as_user "$(command_of "$goal")" >>"$log" 2>&1; then
		result 1 "$1"
		return
	fi
	status=0
	list=$(sed -n "s/^ *Debian $debian: //p" "$log")
	[ -n "$list" ] || status=1
	result $status "$1"
}

trial() {
	debian=$1 kind=$2 goal=$3
	name="Debian $debian, user: $kind, $(command_of "$goal")"
	log=$work/$debian-$kind-$goal.log
	make_system "$debian" "$kind"
	: >"$log"
	if [ "$kind" = none ]; then
		refused "$name: refused with a list"
		inside sh -c "apt-get update -q && $list -y --no-install-recommends" >>"$log" 2>&1 || true
		passes "$name: with that list installed"
	else
		passes "$name"
	fi
}

[ "$(id -u)" = 0 ] || { echo "fresh: needs root, to make bare systems and to enter them" >&2; exit 1; }
mkdir -p "$work"
exec 7<"$work"
flock -n 7 || { echo "# another make fresh is at work in this tree; waiting"; flock 7; }
work=$PWD/$work root=$PWD/$root
for debian in ${1:-12 13}; do
	for kind in ${2:-root sudo none}; do
		for goal in qemu test; do
			trial "$debian" "$kind" "$goal"
		done
	done
done
rm -rf "$root"
echo "1..$number"
echo "# $((number - failed)) of $number passed"
exit $((failed > 0))
