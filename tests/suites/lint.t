#!/usr/bin/env bash
# What can be said of the sources without running them.
cd "$(dirname "$0")/../.." || exit

# What the build makes for the kernel to include.
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
tools/races.py header >"$made/races.def"

cc=(riscv64-linux-gnu-gcc -std=gnu11 -ffreestanding
	-march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany
	-Wall -Wextra -Werror -DLAB=1 -I kernel -I "$made")
clang=(clang --target=riscv64-linux-gnu -fsyntax-only -std=gnu11 -ffreestanding
	-march=rv64imac -mabi=lp64 -Wthread-safety -Werror=thread-safety
	-Wno-unknown-warning-option -Wno-incompatible-pointer-types -DLAB=1 -I kernel -I "$made")

mapfile -t sources < <(find kernel -name '*.c' ! -name offsets.c | sort)
mapfile -t documents < <(find . -path ./build -prune -o -name '*.md' -print | sort)

# kernel/sync defines the functions that LOCK_ANALYSIS makes macros of.
lock_contracts() {
	local source bad=0 analysis

	for source in "${sources[@]}"; do
		analysis=(-DLOCK_ANALYSIS)
		[[ $source == kernel/sync/* ]] && analysis=()
		"${clang[@]}" "${analysis[@]}" "$source" || bad=1
	done
	return $bad
}

dropped_locks() {
	tools/drop_locks.py "${clang[@]}" -DLOCK_ANALYSIS
}

# cppcheck predefines names that the kernel, having no C library, defines.
suspicious() {
	local name own=()

	for name in SIG{ABRT,FPE,INT,KILL,SEGV,TERM} SEEK_{SET,CUR,END}; do
		own+=("-D$name=$name")
	done
	cppcheck "${own[@]}" --quiet --enable=warning,portability --inline-suppr \
		--suppressions-list=tools/cppcheck.supp --error-exitcode=1 \
		--std=c11 --platform=unix64 -j 2 -DLAB=1 -I kernel -I "$made" kernel
}

# Sources hold code, not its history and not its plans.
no_leftovers() {
	! grep -rnE '\b(TODO|FIXME|XXX|HACK)\b|^#if 0' kernel user bench tests/abi tests/abi-diff \
		tests/stress tests/unit tools/*.py tools/*.sh mk models Makefile
}

# A test may run as root on somebody's machine, and kill(-1) is all of it: it
# starts and signals processes, and makes threads, by tests/tap.h (the rows of
# bench by bench_check()), where a call that was refused does not go unseen.
# Besides, it may signal itself and make calls that have to fail, and bench.c
# ends the group of a row that it has not reaped yet.
only_own_processes() {
	local call='(v?fork|clone|posix_spawnp?|system|popen|kill|killpg|sigqueue)'
	local number='SYS_(kill|tkill|tgkill|rt_(tg)?sigqueueinfo|pidfd_send_signal)'
	local seen='tap_started\(|finish\(clone|bench_check\(|fails\(|kill\(-pid, SIGKILL\);'
	local itself='(kill|sigqueue)\(getpid\(\),|SYS_[a-z_]+, (get[pt]id\(\)|self)'

	! grep -nE "(^|[^_[:alnum:]\"])$call\\(|$number|^\s*pthread_create\\(" \
		tests/abi/*.[ch] tests/stress/*.[ch] bench/*.[ch] |
		grep -vE ":[0-9]+:\s*/?\*|$seen|$itself"
}

# Whoever takes something away from an entry of a user page table has to tell
# the shadow TLB: so one header alone changes entries.
entries_change_in_one_place() {
	local entries=kernel/mm/entry_internal.h

	! grep -rnE '\b(pte_store|shadow_lose|pte_tell_loss)\(|->bits\b|^\s*\*\w*ptep? *=' \
		kernel/mm --include='*.[ch]' | grep -v "^$entries:" &&
		! grep -rnE '\b(pte_store|shadow_lose)\(' kernel --include='*.[ch]' |
		grep -vE "^($entries|kernel/arch/pte.h|kernel/arch/riscv/memory.c|kernel/debug/shadow.[ch]):"
}

# Of what the builds say of their functions.
deep_enough() {
	tools/check_stack.py build/lab && tools/check_stack.py build/release
}

scripts_compile() {
	python3 - tools/*.py <<-'END'
	import ast, sys
	for name in sys.argv[1:]:
	    ast.parse(open(name).read(), name)
	END
}

number=0
check() {
	local name=$1 output

	shift
	number=$((number + 1))
	if output=$("$@" 2>&1); then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		printf '%s\n' "${output:0:6000}" | sed 's/^/# /' >&2
	fi
}

echo 1..18
check "include rules" tools/check_layers.py kernel "${cc[@]}"
check "orderings have two sides, a row, and what orders" \
	tools/check_orders.py kernel docs/memory-ordering.md
check "fields that threads share say what guards them" tools/check_fields.py kernel
check "documents name what exists" tools/check_docs.py "${documents[@]}"
check "docs/linux-abi.md is what the code says" tools/linux_abi.py check
check "documents say of mutants what is kept" tools/mutate.py --check
check "the reading list fits, and is there" tools/check_reading.py --quiet
check "lock contracts (clang -Wthread-safety)" lock_contracts
check "lock contracts notice a lock that is dropped" dropped_locks
check "cppcheck" suspicious
check "style, as far as a machine sees it" tools/check_style.py kernel
check "entries of page tables change in one place" entries_change_in_one_place
check "no leftovers" no_leftovers
check "tests reach only processes of their own" only_own_processes
check "scripts parse" scripts_compile
check "bugs, tests and pages of races agree" tools/races.py check
check "patches of races apply and compile" tools/rebase.py check "${cc[@]}"
check "kernel stacks are deep enough" deep_enough
