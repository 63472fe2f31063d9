#!/bin/bash
# Claim: what cannot be asked for is refused in one line that says what is
# allowed, before anything is built; what is asked for arrives as it was
# typed; and make's status is that of the guest.
#
# Method: refusals in a copy of the tree with nothing built, and nothing has
# been built there afterwards.  A stand-in for QEMU shows what arrives.
# shellcheck disable=SC2317 # functions that check calls
cd "$(dirname "$0")/../.." || exit
unset MAKEFLAGS MAKELEVEL MFLAGS
# shellcheck source=tests/tap.sh
. tests/tap.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
top=$PWD
tree=$scratch/tree
copy_tree "$tree"

# ---- what is refused ----

one_line_says() {
	[ "$status" = 2 ] && [ "$(wc -l <<<"$output")" = 1 ] && says "$1"
}

# refused WORD GOAL ARGUMENT...: in a line that has WORD
refused() {
	output=$(timeout -k 5 "$PATIENCE" make -C "$tree" --no-print-directory "${@:2}" 2>&1)
	status=$?
	check "${*:2}: refused" one_line_says "$1"
}

refused "1 to 64" qemu SMP=0
refused "1 to 64" qemu SMP=65
refused "no such file" abi-diff KERNEL=no/such/Image
refused "path/of/an/Image" abi-diff KERNEL=
refused "1 to 64" qemu SMP=four
refused "64M to 8G" qemu MEM=63M
refused "64M to 8G" qemu MEM=9G
refused "64M to 8G" qemu MEM=much
refused "512M may be meant" qemu MEM=512m
refused "lab, release and watched" qemu PROFILE=fast
refused "lab, release and watched" kernel PROFILE=fast
refused "leave it out" qemu SMP=
refused "no such file" qemu "ROOT=a folder/that is not"
refused "no such file" qemu DISK=no/such/image
refused "this is for ROOT=debian" qemu PACKAGES=gdb
refused "is no name of a package" qemu ROOT=debian "PACKAGES=gdb --evil"
refused "quot" gdb "CMD=echo it's"
refused "did you mean dirtycow" stress BUG=dirtycaw
refused "only the lab kernel" stress BUG=dirtycow PROFILE=release
refused "only to a model" stress BUG=futex_mb
refused "no such test; there are" stress TEST=no_such
refused "needs 3 harts" stress TEST=cow_three_harts SMP=2
refused "POINTS=loud" stress POINTS=loud
refused "1 to 86400" stress DURATION=0
refused "0 to 999999999" stress SEED=one
refused "above 0" soak HOURS=0
refused "the right kernel" soak BUG=dirtycow
refused "1 to 3600" trace DURATION=3601
refused "no such bug" trace BUG=no_such
refused "numbers and ranges" chaos SEEDS=9-1
refused "1-200" chaos SEEDS=
refused "1 to 1000" chaos RERUNS=0
refused "1 to 1000000" chaos ROUNDS=x
refused "no such test" chaos TEST="fork_pid no_such"
refused "only the lab kernel" chaos PROFILE=release
refused "0 to 999999999" replay SEED=1-3
refused "between blanks" mutants SEEDS=1-3
refused "leave it out" mutants SEEDS=
refused "no such bug" mutants BUG=no_such
refused "no such file" mutants HOSTS=no_such
refused "no such model" models MODEL=no_such
refused "no such variant" models MODEL=futex BUG=dirtycow
refused "of which model" models BUG=futex_mb
refused "12 and 13" fresh DEBIAN=11
refused "make abi takes no argument" abi TEST=fpu
refused "make test takes no argument" test SUITE=abi
refused "make lint unit takes no argument" lint unit SMP=4
refused "make stress takes no TESTS, but" stress TESTS=fork_pid
refused "make kernel takes no BUG, but PROFILE" kernel BUG=dirtycow
check "nothing was built for any of them" [ ! -e "$tree/build" ]

# ---- what arrives ----

mkdir "$scratch/bin" "$scratch/a b"
cat >"$scratch/bin/qemu-system-riscv64" <<'END'
#!/bin/sh
printf '<%s>\n' "$@"
END
chmod +x "$scratch/bin/qemu-system-riscv64"
touch "$scratch/a b/in the folder" "$scratch/a b.cpio"

# shown NAME WANTED COMMAND...: one of QEMU's words is WANTED
shown() {
	output=$(PATH=$scratch/bin:$PATH timeout -k 5 "$PATIENCE" "${@:3}" </dev/null 2>&1)
	check "$1" grep -qxF -- "<$2>" <<<"$output"
}

root="ROOT=$scratch/a b.cpio"
typed="sh -c \"echo \$((40+2)) \$HOME \$(touch $scratch/made), 100% #1\""
booted="quiet -- $typed"

shown "CMD as typed" "$booted" make qemu "$root" "CMD=$typed"
shown "from the environment" "$booted" env "CMD=$typed" make qemu "$root"
shown "with several jobs" "$booted" make -j3 qemu "$root" "CMD=$typed"
shown "from the environment, beside what is no goal's" "$booted" \
	env "CMD=$typed" LAB=none make qemu "$root"
shown "beside another goal" "$booted" make kernel qemu "$root" "CMD=$typed"
# shellcheck disable=SC2016 # for make
printf 'all:\n\t@$(MAKE) -C "%s" qemu\n' "$top" >"$scratch/outer.mk"
shown "from a make that calls make" "$booted" make -f "$scratch/outer.mk" "$root" "CMD=$typed"
shown "APPEND as typed" "-x=\$HOME, 'y' \$(touch $scratch/made)" \
	make qemu "$root" "APPEND=-x=\$HOME, 'y' \$(touch $scratch/made)"
check "make runs none of it" [ ! -e "$scratch/made" ]
shown "ROOT, an archive with blanks in its name" "$scratch/a b.cpio" make qemu "$root"
packed=$(make -n qemu "ROOT=$scratch/a b" | grep -o "build/root-[0-9]*.cpio" | tail -n 1)
shown "ROOT, a folder with blanks in its name" "$packed" make qemu "ROOT=$scratch/a b"
check "is packed" grep -qaF "in the folder" "$packed"
rm -f "$packed"

# ---- what make says of a program that fails ----

status_is() {
	output=$(timeout -k 5 "$PATIENCE" make -s qemu "CMD=$2" </dev/null 2>&1)
	status=$?
	check "status $1 of '$2' is told" [ "$status" = 2 ]
	check "by its number" grep -q "^make: .* Error $1\$" <<<"$output"
}

check "a program that ends well is one for make" timeout -k 5 "$PATIENCE" make -s qemu "CMD=/bin/dbox true" </dev/null
status_is 1 "/bin/dbox false"
status_is 2 "/bin/run-tests"
status_is 5 "/bin/dsh -c 'exit 5'"
status_is 127 "/bin/no-such-program"

done_testing
