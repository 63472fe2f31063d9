#!/bin/sh
# run.sh - run the benchmark in QEMU and print the table.
#
#	bench/run.sh drover [WORD...]		what `make bench` has built
#	bench/run.sh linux IMAGE [WORD...]	a riscv64 Linux of yours
#	bench/run.sh smp [PATTERN]		harts that do the same, in the lab build
#
# WORDs are options of the benchmark, such as -r fork. Each kernel is booted
# with one hart under -icount shift=0, for instructions, and with four harts
# that run freely, for events and times; drover's lab build a third time, for
# its lock counters. What the guests said is kept in build/bench/.
#
# Linux starts the benchmark as its first process. LINUX_APPEND replaces the
# kernel's command line below, which switches off what would make a
# distribution's kernel slower than it has to be.
set -eu
cd "$(dirname "$0")/.."

out=build/bench
memory=1G
seconds=900
lean="init_on_alloc=0 audit=0 apparmor=0 lsm= cgroup_disable=memory
	randomize_kstack_offset=off transparent_hugepage=never"

die() {
	echo "bench: $*" >&2
	exit 1
}

need() {
	[ -e "$1" ] || die "there is no $1; $2"
}

# run NAME COMMAND...: keeps the console, and the benchmark's lines of it.
run() {
	name=$1
	shift
	echo "bench: $name" >&2
	"$@" </dev/null >"$out/$name.log" 2>&1 || true
	tr -d '\r' <"$out/$name.log" |
		sed -n '/^==== bench begin/,/^==== bench end/p' >"$out/$name.tsv"
	grep -q '^==== bench end' "$out/$name.tsv" || {
		tail -n 20 "$out/$name.log" >&2
		die "$name did not reach the end; see $out/$name.log"
	}
	grep '^# failed' "$out/$name.tsv" >&2 || true
}

# drover NAME PROFILE SMP WORD...
drover() {
	name=$1 profile=$2 smp=$3
	shift 3
	set -- --cmd "/bench/bench --tsv $*"
	[ "$smp" != 1 ] || set -- "$@" --icount shift=0,sleep=off
	run "$name" tools/run-guest.py --smp "$smp" --mem "$memory" \
		--kernel "build/$profile/kernel.elf" --timeout "$seconds" "$@"
}

# linux NAME SMP IMAGE WORD...
linux() {
	name=$1 smp=$2 image=$3
	shift 3
	words=$(echo "quiet rdinit=/bench/bench ${LINUX_APPEND-$lean} -- --tsv $*")
	set -- -append "$words"
	[ "$smp" != 1 ] || set -- "$@" -icount shift=0,sleep=off
	run "$name" timeout -k 5 "$seconds" qemu-system-riscv64 \
		-M virt,aclint=on -smp "$smp" -m "$memory" -nographic \
		-nic none -no-reboot -kernel "$image" \
		-initrd "$out/linux.cpio" "$@"
}

bench_drover() {
	need build/release/kernel.elf "make PROFILE=release kernel"
	need build/initramfs.cpio "make image"
	rm -f "$out"/drover-*.tsv
	drover drover-1 release 1 "$@"
	drover drover-4 release 4 "$@"
	if [ $# = 0 ] && [ -e build/lab/kernel.elf ]; then
		drover drover-locks lab 4 --locks -r faults,
	fi
}

bench_linux() {
	image=$1
	shift
	need "$image" "name an Image: make bench-linux KERNEL=path"
	need build/root/bench/bench "make image"
	mkdir -p "$out/empty"
	tools/make-image.py "$out/linux.cpio" --root build/root \
		--skeleton "$out/empty" bench/bench bench/tiny
	linux linux-1 1 "$image" "$@"
	linux linux-4 4 "$image" "$@"
}

bench_smp() {
	need build/lab/kernel.elf "make kernel"
	need build/initramfs.cpio "make image"
	run smp tools/run-guest.py --smp 8 --mem "$memory" --timeout "$seconds" \
		--kernel build/lab/kernel.elf --cmd "/bench/smp $*"
}

# Two measurements at once would spoil each other.
exec 9<bench
flock -n 9 || { echo "bench: another one is measuring; waiting" >&2; flock 9; }

kernel=${1-}
[ $# = 0 ] || shift
mkdir -p "$out"
case $kernel in
drover)
	bench_drover "$@"
	bench/table.py $([ $# = 0 ] || echo --some)
	;;
linux)
	[ $# != 0 ] && [ -n "$1" ] || die "which kernel? make bench-linux KERNEL=path"
	bench_linux "$@"
	bench/table.py --linux
	;;
smp)
	bench_smp "$@"
	bench/smp.py
	;;
*)
	die "usage: bench/run.sh drover|linux IMAGE|smp [WORD...]"
	;;
esac
