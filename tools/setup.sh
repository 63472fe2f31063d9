#!/bin/sh
# setup.sh GOAL NEED... - see that what each NEED asks for is installed, and
# install what is missing.  Does nothing, quickly, when nothing is.
#
# GOAL is what the user typed, to be said.  NEED is one of
#	build	compile the kernel, the programs and the image
#	run	start QEMU
#	test	what `make test` uses beyond these
#	gdb	the debugger
#	labs	hand out and grade
#	mutants	many machines at once
#	mutate	semantic patches, and what lint asks of their mutants
#	coverage	pages of what was reached
#	hosts	other machines
#	models	the model checker
#	graph	what draws graphs
#	book	what makes the site and the PDF of the book
#	gallery	what makes pages of the races
#	browser	one to look at pages with
#	debian	what builds a root from Debian's archive
#	fresh	bare systems to try the first minute in
#	python	the tools that only print
#
# As root, or through sudo, apt-get updates once and installs once, one
# setup.sh at a time; while another apt or dpkg is at work it waits, for
# SETUP_WAIT seconds at most.  Without root and sudo, without apt or without a
# network it prints all that the goal needs, by distribution, and exits 1.
set -eu

# need, what must exist (a command, or a file when it starts with /, of which the
# version may be any), package
table() {
	cat <<-'END'
	build make make
	build gcc gcc
	build /usr/include/stdio.h libc6-dev
	build python3 python3
	build patch patch
	build riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
	build riscv64-linux-gnu-ld binutils-riscv64-linux-gnu
	build /usr/riscv64-linux-gnu/lib/libc.a libc6-dev-riscv64-cross
	run qemu-system-riscv64 QEMU
	test qemu-riscv64 qemu-user
	test prove perl
	test clang clang
	test clang-tidy clang-tidy
	test /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a libclang-rt-dev
	test git git
	test cppcheck cppcheck
	test /usr/include/cmocka.h libcmocka-dev
	test /usr/sbin/mke2fs e2fsprogs
	gdb gdb-multiarch gdb-multiarch
	labs git git
	labs prlimit util-linux
	mutants parallel parallel
	mutate spatch coccinelle
	mutate clang clang
	coverage gcovr gcovr
	hosts ssh openssh-client
	hosts rsync rsync
	models spin spin
	models gcc gcc
	models /usr/include/stdio.h libc6-dev
	models python3 python3
	graph dot graphviz
	book sphinx-build python3-sphinx
	book /usr/lib/python3/dist-packages/myst_parser python3-myst-parser
	book weasyprint weasyprint
	book /usr/share/fonts/truetype/wqy/wqy-microhei.ttc fonts-wqy-microhei
	book python3 python3
	gallery /usr/lib/python3/dist-packages/markdown_it python3-markdown-it
	browser chromium chromium
	debian mmdebstrap mmdebstrap
	debian qemu-riscv64-static qemu-user-static
	debian /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
	debian python3 python3
	fresh /usr/sbin/debootstrap debootstrap
	fresh /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
	fresh python3 python3
	python python3 python3
	END
}

# ---- what is needed, and what of it is missing ----

# shellcheck disable=SC2086 # a pattern
is_there() {
	case $1 in
	/*) for file in $1; do [ -e "$file" ] && return; done; return 1 ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# The rows of the given needs, without the need, each once.
rows() {
	for need; do
		table | sed -n "s/^$need //p"
	done | awk '!seen[$2]++'
}

# The packages of the given needs that are not here, between blanks.
missing() {
	rows "$@" | while read -r probe package; do
		is_there "$probe" || echo "$package"
	done | tr '\n' ' '
}

packages_on() {
	qemu=$1
	shift
	rows "$@" | sed "s/.* //; s/^QEMU$/$qemu/" | tr '\n' ' '
}

# shellcheck disable=SC2086 # lists of words
give_up() {
	cat >&2 <<-END
	setup: $1
	  not here: $(missing $needs | sed 's/QEMU/qemu-system-riscv64/')
	  all that \`$goal\` needs, to be installed as root:
	    Debian 12: apt-get install $(packages_on qemu-system-misc $needs)
	    Debian 13: apt-get install $(packages_on qemu-system-riscv $needs)
	END
	exit 1
}

# ---- root, and apt ----

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

# What apt-get and dpkg say when somebody else holds one of their locks: that
# of the lists, of the archives, or one of dpkg's two.
is_busy() {
	grep -qE 'Could not get lock|Unable to (lock|acquire)|locked by another process' "$1"
}

say_once() {
	[ "$waited" != 0 ] || echo "setup: another apt or dpkg is at work, waiting for it" \
		"(${SETUP_WAIT:-900} s at most): $(sed -n '1s/^E: //p' "$1")"
}

# apt-get's arguments; its complaints are shown when they are its last word.
apt_get() {
	complaints=$(mktemp)
	waited=0
	until as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive \
		apt-get -q "$@" 2>"$complaints"; do
		if ! is_busy "$complaints" || [ "$waited" -ge "${SETUP_WAIT:-900}" ]; then
			cat "$complaints" >&2
			rm "$complaints"
			return 1
		fi
		say_once "$complaints"
		sleep 2
		waited=$((waited + 2))
	done
	rm "$complaints"
}

has_release() {
	apt-cache policy | grep -q "[ ,]a=$1\|[ ,]n=$1"
}

has_candidate() {
	apt-cache policy "$1" | grep -q 'Candidate: [0-9]'
}

# QEMU is a package of its own on Debian 13, a part of another on Debian 12.
# Backports that this machine already uses are preferred: they are newer.
qemu_package() {
	# shellcheck disable=SC1091 # a file of the system
	backports=$(. /etc/os-release && echo "${VERSION_CODENAME-}-backports")
	if has_release "$backports"; then
		echo "qemu-system-riscv/$backports"
	elif has_candidate qemu-system-riscv; then
		echo qemu-system-riscv
	else
		echo qemu-system-misc
	fi
}

# shellcheck disable=SC2046,SC2086 # lists of words
install() {
	apt_get update || return 1
	apt_get install -y --no-install-recommends \
		$(for package; do
			[ "$package" != QEMU ] || package=$(qemu_package)
			echo "$package"
		done)
}

# ---- one at a time ----

goal=$1
shift
needs=$*

# shellcheck disable=SC2086 # lists of words
{
	[ -n "$(missing $needs)" ] || exit 0
	command -v apt-get >/dev/null || give_up "this system has no apt-get"
	can_be_root || give_up "not root, and no sudo"

	exec 8<"$(dirname "$0")"
	flock -n 8 || { echo "setup: another make is installing; waiting"; flock 8; }
	packages=$(missing $needs)
	[ -n "$packages" ] || exit 0
	echo "setup: installing $packages" | sed 's/QEMU/qemu-system-riscv64/'
	install $packages 8<&- || give_up "apt-get could not install it"
	[ -z "$(missing $needs)" ] || give_up "apt-get has installed, but something is still missing"
}
