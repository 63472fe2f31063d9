#!/bin/bash
# Claim: whatever goals are asked for, by however many makes, apt-get updates
# once and installs once, and never two of them at a time; another apt is
# waited for, as long as is allowed; who may not install is told all he needs.
#
# Method: a PATH on which every program that set-up looks for is missing, and
# an apt-get that takes a while, refuses a second caller and notes each call.
# The makes run in a copy of the tree, and end when they come to build: then
# they say what.
# shellcheck disable=SC2317 # functions that check calls
cd "$(dirname "$0")/../.." || exit
unset MAKEFLAGS MAKELEVEL MFLAGS
# shellcheck source=tests/tap.sh
. tests/tap.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
copy_tree "$scratch/tree"
printf '#!/bin/sh\necho "builds $*"\nexit 1\n' >"$scratch/tree/tools/building.sh"
export STATE=$scratch/state
bin=$scratch/bin

# The table of set-up: need, probe and package.
table() {
	sed -n "/<<-'END'/,/^\tEND/s/^\t\([a-z]\)/\1/p" tools/setup.sh
}

# "probe package" a line, of the commands.  This test needs make.
commands() {
	table | sed -n 's/^[a-z]* \([^ /]*\) /\1 /p' | grep -v '^make ' | sort -u
}

stub() {
	cat >"$bin/$1"
	chmod +x "$bin/$1"
}

write_apt() {
	stub apt-get <<-'END'
	#!/bin/bash
	foreign=$(cat "$STATE/foreign")
	[ "$foreign" = 0 ] || echo $((foreign - 1)) >"$STATE/foreign"
	if [ "$foreign" != 0 ] || ! mkdir "$STATE/lock" 2>/dev/null; then
		echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt)" >&2
		echo "refused $*" >>"$STATE/calls"
		exit 100
	fi
	echo "$*" >>"$STATE/calls"
	sleep 0.7
	[[ " $* " != *" install "* ]] || for package; do
		[ -z "${NO_NETWORK-}" ] || { echo "E: Unable to fetch" >&2; rmdir "$STATE/lock"; exit 100; }
		grep " ${package/qemu-system-*/QEMU}$" "$STATE/table" | while read -r command _; do
			cp "$STATE/installed" "$STATE/../bin/$command"
		done
	done
	rmdir "$STATE/lock"
	END
	stub apt-cache <<-'END'
	#!/bin/sh
	echo "  Candidate: 1:7.2"
	END
	stub dpkg <<<'#!/bin/sh'
}

# bare UID: nothing is installed, and the user is UID.
bare() {
	rm -rf "$STATE" "$bin"
	mkdir "$STATE" "$bin"
	ln -s /usr/bin/* "$bin"
	commands >"$STATE/table"
	rm -f "$bin"/{apt-get,apt-cache,dpkg,sudo,id}
	cut -d' ' -f1 "$STATE/table" | sed "s|^|$bin/|" | xargs rm -f
	write_apt
	stub id <<<"#!/bin/sh
	echo $1"
	stub python <<<"#!/bin/sh
	exec $(command -v python3) \"\$@\""
	# shellcheck disable=SC2016 # expanded when it runs
	printf '#!/bin/sh\ncase $0 in\n*/python3) exec python "$@" ;;\nesac\nexit 1\n' >"$STATE/installed"
	chmod +x "$STATE/installed"
	: >"$STATE/calls"
	another_apt 0
}

# Another apt is at work, for as long as it takes $1 callers to be refused.
another_apt() {
	echo "$1" >"$STATE/foreign"
}

may_sudo() {
	stub sudo <<-'END'
	#!/bin/sh
	[ "$1" != -n ] || shift
	exec "$@"
	END
}

# In the copy, on the bare PATH.
run() {
	(cd "$scratch/tree" && PATH=$bin timeout -k 5 "$PATIENCE" "$@" </dev/null 2>&1)
}

calls() {
	[ "$(grep -c "^$1" "$STATE/calls")" = "$2" ]
}

once_each() {
	calls "-q update" 1 && calls "-q install" 1 && calls refused 0
}

installs() {
	local package

	for package; do
		grep -q "install .* $package\( \|$\)" "$STATE/calls" || return
	done
}

show() {
	output="$1"$'\n'$(cat "$STATE/calls")
}

goes_once() {
	show "$(run "${@:2}")"
	check "$1: one update, one install" once_each
}

bare 0
goes_once "root, make qemu SMP=4" make qemu SMP=4
check "of the compiler and of QEMU" installs gcc gcc-riscv64-linux-gnu python3 qemu-system-riscv
output=$(run make -s kernel; cat "$STATE/calls")
check "the second make calls no apt-get" once_each

bare 0
goes_once "root, make test" make test
check "of all that it needs" installs gcc gcc-riscv64-linux-gnu qemu-system-riscv qemu-user \
	perl clang cppcheck parallel spin

check "and builds what a make builds that finds it all installed" \
	[ "$(grep "^builds" <<<"$output")" = "$(run make test | grep "^builds")" ]

bare 1000
may_sudo
goes_once "sudo, make test" make test

bare 0
output=$(run make qemu >"$scratch/other" & run make test; wait; cat "$scratch/other" "$STATE/calls")
check "two makes at once: no apt-get meets another" calls refused 0
check "and one of them does it all, or each its part" installs spin qemu-system-riscv

bare 0
another_apt 2
show "$(run make qemu)"
check "another apt is waited for" says "another apt or dpkg is at work, waiting for it"
check "and then all is installed" installs gcc qemu-system-riscv

bare 0
another_apt 1000
show "$(SETUP_WAIT=2 run make qemu; echo "status $?")"
check "but not for ever" says "status 2"
check "and what is needed is said then" says "Debian 12: apt-get install make gcc"

bare 0
show "$(NO_NETWORK=1 run make qemu; echo "status $?")"
check "without a network: what is needed is said" says "Debian 13: apt-get install make gcc"
check "after one attempt" calls "-q install" 1

bare 0
stub apt-cache <<-END
#!/bin/sh
. /etc/os-release
echo " 100 mirror \$VERSION_CODENAME-backports/main"
echo "     release o=Debian Backports,a=x,n=\$VERSION_CODENAME-backports,l=x"
END
show "$(run make qemu)"
check "backports that apt knows give QEMU" installs 'qemu-system-riscv/[a-z]*-backports'
check "with the rest" once_each

bare 1000
show "$(run make test; echo "status $?")"
everything=$(sed -n 's/^ *Debian 13: apt-get install //p' <<<"$output")
complete() {
	local need package

	while read -r need _ package; do
		[[ " build run test models mutants mutate " != *" $need "* ]] ||
			[[ " $everything " == *" ${package/QEMU/qemu-system-riscv} "* ]] || return
	done < <(table)
}
check "not root, no sudo: refused" says "status 2"
check "with everything that make test needs, in one list" complete
check "and apt-get is not called" calls "" 0

bare 0
show "$(run make -n test; run make help)"
check "make -n and make help install nothing" calls "" 0

done_testing
