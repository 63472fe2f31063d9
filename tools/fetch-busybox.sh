#!/bin/sh
# fetch-busybox.sh DIR - put Debian's static riscv64 BusyBox at DIR/busybox.
#
# The package comes by apt's own means, signatures checked, from the mirror
# this machine's apt uses, through an apt of our own in DIR/apt that knows
# the architecture riscv64 and nothing of the packages installed here.
#
# BusyBox is optional: when it cannot be had, DIR/busybox is left an empty
# file (until `make clean`), one line says so, and the status is still 0.
set -eu

dir=$1
apt=$dir/apt
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The host's mirror of its own release, not that of its security updates.
mirror() {
	# shellcheck disable=SC1091 # a file of the system
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
		'Created-By: Packages' |
		sed -n "s/ \($release\|stable\|sid\|unstable\)\$//p" | head -n 1
}

# riscv64 is an architecture of Debian from release 13, trixie, on.
configure() {
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
	: >"$apt/state/status"
	echo "deb [signed-by=$keyring] $1 $2 main" >"$apt/sources.list"
	cat >"$apt/apt.conf" <<-END
	APT::Architecture "riscv64";
	APT::Architectures { "riscv64"; };
	APT::Sandbox::User "$(id -un)";
	Dir::State "$apt/state";
	Dir::State::status "$apt/state/status";
	Dir::Cache "$apt/cache";
	Dir::Etc::sourcelist "$apt/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Acquire::Languages "none";
	Acquire::Retries "1";
	Acquire::http::Timeout "20";
	Acquire::https::Timeout "20";
	END
}

fetch_from() {
	configure "$1" "$2"
	apt-get -c="$apt/apt.conf" -qq -o APT::Update::Error-Mode=any update &&
		(cd "$apt" && apt-get -c="$apt/apt.conf" -qq download busybox-static) &&
		dpkg-deb -x "$apt"/busybox-static_*.deb "$apt/root" &&
		cp "$apt/root/usr/bin/busybox" "$dir/busybox"
}

fetch() {
	uri=$(mirror)
	[ -n "$uri" ] && [ -r "$keyring" ] || return 1
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
