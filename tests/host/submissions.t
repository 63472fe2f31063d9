#!/bin/bash
# Claim: of a class each submission is graded, whatever the others are.  One that
# cannot be read, or that would have the host read or write what it should not,
# has no points and a word on why, in the table, as CSV and as HTML.
#
# Method: a class of the lab that needs no guest: a right answer, as a folder with
# a Makefile that is broken and as a tar; and one of each kind that is no answer.
# What would have the compiler read files of the host is asked of the lab that is
# compiled.
cd "$(dirname "$0")/../.." || exit
unset MAKEFLAGS MAKELEVEL MFLAGS
# shellcheck source=tests/tap.sh
. tests/tap.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch" build/grades/lab-subm_t_* build/lab+lab-subm_t_*' EXIT
class=$scratch/class
files="models/handover_answer.pml labs/order/answers.txt"

# answer NAME: a right one, as a folder.
answer() {
	mkdir -p "$class/$1/models" "$class/$1/labs/order"
	for file in $files; do cp "$file" "$class/$1/$file"; done
}

# row NAME POINTS TEXT: so it stands in the table.
row() {
	grep -qE "^$1 +$2 of 100 .*$3" <<<"$output"
}

in_csv() {
	[ "$(grep -c "^subm_t_" build/grades/order.csv)" = 11 ] &&
		grep -q "^subm_t_right,.*,100,100" build/grades/order.csv &&
		grep -q "^subm_t_huge_tar,0,.*,0,100" build/grades/order.csv
}

in_html() {
	grep -q "<td>subm_t_right<td>55" build/grades/order.html &&
		grep -q "not graded: it cannot be read" build/grades/order.html
}

answer subm_t_right
printf 'all:\n\ttouch %s/ran\n$(error broken\n' "$scratch" >"$class/subm_t_right/Makefile"
tar -C "$class/subm_t_right" -cf "$class/subm_t_packed.tar" --transform 's,^,work/,' .
mv "$class/subm_t_packed.tar" "$scratch" && gzip "$scratch/subm_t_packed.tar" && mv "$scratch/subm_t_packed.tar.gz" "$class"

: >"$class/subm_t_empty.tar"
tar -cf "$class/subm_t_no_files.tar" -T /dev/null
head -c 300 "$class/subm_t_packed.tar.gz" >"$class/subm_t_torn.tar.gz"
mkdir "$class/subm_t_nothing"

answer subm_t_link
ln -sf /etc/passwd "$class/subm_t_link/labs/order/answers.txt"
answer subm_t_circle
ln -sf answers.txt "$class/subm_t_circle/labs/order/answers.txt"
answer subm_t_huge
truncate -s 100G "$class/subm_t_huge/labs/order/answers.txt"
answer subm_t_fifo
rm "$class/subm_t_fifo/labs/order/answers.txt" && mkfifo "$class/subm_t_fifo/labs/order/answers.txt"

# 2 GiB of nothing before what is asked for, packed into 2 MB.
mkdir "$scratch/huge" && truncate -s 2G "$scratch/huge/core" && cp -r "$class/subm_t_right/models" "$scratch/huge"
tar -C "$scratch/huge" --sort=name -c core models | gzip -1 >"$class/subm_t_huge_tar.tar.gz"

# shellcheck disable=SC2046 # words
check "what a grading needs is built" run tools/building.sh make -s -f mk/build.mk $(tools/labs.py builds order)
check "a class is graded" run tools/grade.py order --class "$class"
check "a right answer has its points" row subm_t_right 100 ""
check "nothing of it was run" test ! -e "$scratch/ran"
check "nor does it matter how it is packed" row subm_t_packed 100 ""
check "an empty file is no tar" row subm_t_empty 0 "not graded: it cannot be read"
check "a tar without a file" row subm_t_no_files 0 "not graded: models/handover_answer.pml is not there"
check "one that was cut off" row subm_t_torn 0 "not graded: it cannot be read"
check "an empty folder" row subm_t_nothing 0 "not graded: models/handover_answer.pml is not there"
check "a link that leads out" row subm_t_link 0 "not graded: labs/order/answers.txt is not a file of"
check "links in a circle" row subm_t_circle 0 "not graded: labs/order/answers.txt is not"
check "a file of 100 GiB" row subm_t_huge 0 "not graded: labs/order/answers.txt is too long"
check "a pipe" row subm_t_fifo 0 "not graded: labs/order/answers.txt is not a file of"
check "2 GiB, packed" row subm_t_huge_tar 0 "not graded: there is too much in the archive"
check "all have a row in the CSV" in_csv
check "and in the HTML" in_html

cp -r "$class/subm_t_right" "$class/subm_t_packed"
check "two of one name are not graded as one" fails_saying "is there twice" \
	tools/grade.py order --class "$class"

# shown TEXT: it stands in a file that the compiler would be shown.
shown() {
	python3 -c 'import sys; sys.path.insert(0, "tools"); import given
given.refuse_foreign("cow.c", "int a;\n" + sys.argv[1] + "\nint b;\n")' "$(printf '%b' "$1")"
}

compiler_said() {
	python3 -c 'import sys; sys.path.insert(0, "tools"); import given
given.refuse_shown(sys.argv[1])' "$1"
}

for text in '#include "/etc/passwd"' '#include </dev/zero>' '#include "../../../../etc/passwd"' \
	'#inc\\\nlude "/etc/passwd"' '# /* */ include "/etc/passwd"' '// /*\n# /**/ include "/etc/passwd"\n// */' '#define X "/etc/passwd"\n#include X' \
	'%:include "/etc/passwd"'; do
	check "not compiled: $text" fails_saying "includes what is not of the tree" shown "$text"
done
check "but what is" run shown '#include "mm/page.h"\\n# include <stddef.h> // and why\\n#include "../tap.h"'
check "nor what the assembler would read" fails_saying "has the assembler read a file" \
	shown '__asm__(".inc" "bin \\"/etc/passwd\\"");'
check "nor are words of the compiler told that show such a file" fails_saying "not of the tree" \
	compiler_said $'In file included from a.c:3:\n/etc/passwd:1:5: error: expected'
check "others are" run compiler_said 'kernel/mm/cow.c:3:5: error: expected'

done_testing
