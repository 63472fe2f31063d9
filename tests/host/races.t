#!/bin/bash
# Claim: a patch of races/ that no longer applies or compiles is seen, with the
# command that makes it anew; that command merges what merges, and leaves the
# rest to a person, whose edit is saved only when it is one.  Bugs there are
# not, or not together, are refused in one line before anything is built.
#
# Method: in a copy of the tree the kernel is changed near a patch, and at the
# very line, with its history in git.
cd "$(dirname "$0")/../.." || exit
unset MAKEFLAGS MAKELEVEL MFLAGS
# shellcheck source=tests/tap.sh
. tests/tap.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
copy_tree "$scratch/tree"
cd "$scratch/tree" || exit

file=kernel/mm/access.c
patch=races/dirtycow/bug.patch
made=$scratch/made
mkdir "$made"
tools/races.py header >"$made/races.def"
cc=(riscv64-linux-gnu-gcc -std=gnu11 -ffreestanding -Wall -Wextra -Werror
	-march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -DLAB=1 -I "$made")

one_line() {
	fails_saying "$@" && [ "$(wc -l <<<"$output")" = 1 ]
}

# history COMMAND...: what it does to the tree is a commit.
history() {
	"$@"
	git -c user.name=T -c user.email=t commit -qam "$*"
}

lint() {
	tools/rebase.py check "${cc[@]}"
}

# Other races of the same lines are not mended here.
lint_passes() {
	run lint
	! says races/dirtycow/
}

check "an unknown bug is refused, with the one that is meant" \
	one_line "did you mean dirtycow?" make -s stress BUG=dirtycw
check "so are two that change the same lines" \
	one_line "changes lines that another" make -s stress BUG=fork_no_flush,cow_no_remote_flush
check "and a folder without patches" one_line "no *.patch" make -s mutants PATCHES=docs
check "no RACE is refused" one_line "RACE=" make -s races-rebase
check "all patches apply and compile" run lint

git init -q . && git add -A
history true
history sed -i 's/mm_fault(mm, a->addr, access, a->force);$/& \/* or *\//' $file
check "a change close by is seen, and what to do" \
	fails_saying "races-rebase RACE=dirtycow" lint
check "it is merged" run make -s races-rebase RACE=dirtycow
check "and the patch applies again" lint_passes
check "in its own words" grep -q '^+.*want_write = false' $patch

history sed -i 's/^\tif (a->write)$/\tif (unlikely(a->write))/' $file
check "a change of the very lines is left to a person" \
	fails_saying "races-save RACE=dirtycow" make -s races-rebase RACE=dirtycow
check "who cannot save the marks" fails_saying "the marks of the conflict" \
	make -s races-save RACE=dirtycow
cp build/rebase/dirtycow/{right,wrong}/$file
check "nor nothing" fails_saying "nothing is wrong" make -s races-save RACE=dirtycow
sed -i 's/^\tif (unlikely(a->write))$/\tif (result == FAULT_OK)\n\t\ta->want_write = false;\n&/' \
	build/rebase/dirtycow/wrong/$file
check "the edit is saved" run make -s races-save RACE=dirtycow
check "under the head there was" grep -q '^Oracle: the file changed' $patch
check "and applies" lint_passes

sed -i 's/^+\(.*\)want_write = false/+\1want_wriet = false/' $patch
check "what does not compile is seen" fails_saying "does not compile" lint
check "with the compiler's word" says want_wriet

done_testing
