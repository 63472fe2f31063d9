#!/bin/sh
# fetch-busybox.sh DIR - put Debian's static riscv64 BusyBox at DIR/busybox.
#
# The package comes through an apt of our own in DIR/apt (private-apt.sh) that
# knows the architecture riscv64 and nothing of the packages installed here.
#
# BusyBox is optional: when it cannot be had, DIR/busybox is left an empty
# file (until `make clean`), one line says so, and the status is still 0.
set -eu

# shellcheck disable=SC1091 # the file beside this one
. "$(dirname "$0")/private-apt.sh"
dir=$1

# riscv64 is an architecture of Debian from release 13, trixie, on.
configure() {
	make_apt "$apt" "$1" "$2"
	cat >>"$apt/apt.conf" <<-END
	APT::Architecture "riscv64";
	APT::Architectures { "riscv64"; };
	END
}

fetch_from() {
	configure "$1" "$2"
	own_apt_update &&
		(cd "$apt" && own_apt_get download busybox-static) &&
		dpkg-deb -x "$apt"/busybox-static_*.deb "$apt/root" &&
		cp "$apt/root/usr/bin/busybox" "$dir/busybox"
}

fetch() {
	uri=$(mirror "$(host_release sid)\|stable\|sid\|unstable")
	[ -n "$uri" ] || return 1
	fetch_from "$uri" trixie || fetch_from "$uri" sid
}

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
apt=$dir/apt
if ! fetch >"$dir/fetch.log" 2>&1; then
	echo "busybox: not to be had (see $dir/fetch.log); /bin/dsh is the shell"
	: >"$dir/busybox"
fi
rm -rf "$apt"
