#!/bin/sh
# setup.sh NEED... - see that the programs each NEED asks for are installed,
# and install what is missing.  Does nothing, quickly, when nothing is.
#
# NEED is one of
#	build	compile the kernel, the programs and the image
#	run	start QEMU
#	test	what `make test` uses beyond these
#	gdb	the debugger
#	mutants	many machines at once
#	hosts	other machines
#	models	the model checker
#
# As root, or through sudo, apt-get installs; without either, without apt or
# without a network it prints the packages by distribution and exits 1.
set -eu

# need, what must exist (a command, or a file when it starts with /), package
table() {
	cat <<-'END'
	build make make
	build gcc gcc
	build /usr/include/stdio.h libc6-dev
	build python3 python3
	build riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
	build riscv64-linux-gnu-ld binutils-riscv64-linux-gnu
	build /usr/riscv64-linux-gnu/lib/libc.a libc6-dev-riscv64-cross
	run qemu-system-riscv64 QEMU
	test qemu-riscv64 qemu-user
	test prove perl
	test clang clang
	test cppcheck cppcheck
	test /usr/include/cmocka.h libcmocka-dev
	gdb gdb-multiarch gdb-multiarch
	mutants parallel parallel
	hosts ssh openssh-client
	hosts rsync rsync
	models spin spin
	END
}

is_there() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# The packages that the given needs lack, one a line.
missing() {
	for need; do
		table | while read -r for_need probe package; do
			[ "$for_need" != "$need" ] || is_there "$probe" ||
				echo "$package"
		done
	done
}

# The package list of one distribution for the given needs.
packages_on() {
	qemu=$1
	shift
	for need; do
		table | sed -n "s/^$need [^ ]* //p"
	done | sed "s/^QEMU$/$qemu/" | tr '\n' ' '
}

give_up() {
	reason=$1
	shift
	cat >&2 <<-END
	setup: $reason; please install these packages:
	  Debian 12: $(packages_on qemu-system-misc "$@")
	  Debian 13: $(packages_on qemu-system-riscv "$@")
	END
	exit 1
}

has_release() {
	apt-cache policy | grep -q "[ ,]a=$1\|[ ,]n=$1"
}

has_candidate() {
	apt-cache policy "$1" | grep -q 'Candidate: [0-9]'
}

# With a terminal sudo may ask for the password.
can_be_root() {
	[ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null ||
		{ [ -t 0 ] && command -v sudo >/dev/null; }
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends "$@"
}

# QEMU is a package of its own on Debian 13, a part of another on Debian 12.
# Backports that this machine already uses are preferred: they are newer.
install_qemu() {
	# shellcheck disable=SC1091 # a file of the system
	backports=$(. /etc/os-release && echo "$VERSION_CODENAME-backports")
	if has_release "$backports"; then
		echo "setup: taking QEMU from $backports"
		apt_install -t "$backports" qemu-system-riscv
	elif has_candidate qemu-system-riscv; then
		apt_install qemu-system-riscv
	else
		apt_install qemu-system-misc
	fi
}

install() {
	as_root apt-get update -q || return 1
	others=
	for package; do
		if [ "$package" = QEMU ]; then
			install_qemu || return 1
		else
			others="$others $package"
		fi
	done
	# shellcheck disable=SC2086 # a list of words
	[ -z "$others" ] || apt_install $others
}

packages=$(missing "$@" | sort -u | tr '\n' ' ')
[ -n "$packages" ] || exit 0

command -v apt-get >/dev/null || give_up "this system has no apt-get" "$@"
can_be_root || give_up "not root, and no sudo" "$@"

echo "setup: installing $packages" | sed 's/QEMU/qemu-system-riscv64/'
# shellcheck disable=SC2086 # a list of words
install $packages || give_up "apt-get could not install $packages" "$@"
[ -z "$(missing "$@")" ] || give_up "still missing: $(missing "$@")" "$@"
