#!/bin/bash
# Claim: a lab that is handed out does not hold its answer; the grader reads of
# a submission what the lab names and nothing else, refuses what is hostile,
# gives a start nothing, and says why.
#
# Method: a repository is made, and given in several ways.  Of each lab the
# patches apply to this kernel, and the tree that is handed out holds nothing of
# the answer.  That wrong answers lose what they should is `make test-labs`: it
# takes an hour; here one lab is graded that needs no guest.
cd "$(dirname "$0")/../.." || exit
unset MAKEFLAGS MAKELEVEL MFLAGS
# shellcheck source=tests/tap.sh
. tests/tap.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch" build/grades/lab-labs_t_* build/lab+lab-labs_t_*' EXIT
student=$scratch/student
lab=cow
answer=kernel/mm/cow.c

# given NAME: what stands in $scratch/NAME is a submission.
given() {
	tools/grade.py $lab --submission "$scratch/$1"
}

answer_absent() {
	[ ! -e "$student/labs/$lab/wrong" ] && [ ! -e "$student/labs/$lab/start.patch" ] &&
		! grep -rq 'ours, and the one the entry h[a]d' "$student"
}

# The score is the sum, each test has its most, and what failed says why.
as_others_read_it() {
	python3 - "$scratch/grade.json" "$scratch/grade.xml" <<-'END'
	import json, sys
	import xml.etree.ElementTree as xml
	grade = json.load(open(sys.argv[1]))
	tests = grade["tests"]
	assert grade["score"] == sum(test["score"] for test in tests) == 0
	assert sum(test["max_score"] for test in tests) == 100
	assert all(test["name"] and test["output"] for test in tests)
	suite = xml.parse(sys.argv[2]).getroot()
	cases = suite.findall("testcase")
	assert suite.tag == "testsuite" and int(suite.get("tests")) == len(cases) == len(tests)
	assert int(suite.get("failures")) == len(suite.findall("testcase/failure")) == len(tests)
	assert [case.get("name") for case in cases] == [test["name"] for test in tests]
	assert all(failure.get("message") for failure in suite.iter("failure"))
	END
}

one_commit() {
	[ "$(git -C "$student" rev-list --all --count)" = 1 ]
}

# shellcheck disable=SC2046 # words
check "what a grading needs is built" run tools/building.sh make -s -f mk/build.mk $(tools/labs.py builds $lab)
check "a lab that is none is refused" fails_saying "there is" make -s grade LAB=cov
check "a lab is handed out" run tools/labs.py make $lab "$student"
check "without its answer" answer_absent
check "in one commit" one_commit
check "not where something is already" fails_saying "there is something" \
	make -s lab LAB=$lab DIR="$student"

mkdir "$scratch/nothing"
check "a file that is missing is named" fails_saying "$answer is not there" given nothing

tar -C "$student" -czf "$scratch/twice.tar.gz" kernel/mm --transform 's,^,a/,' && cp -r "$student" "$scratch/two" &&
	mkdir "$scratch/two/b" && cp -r "$student/kernel" "$scratch/two/b"
tar -C "$scratch/two" -czf "$scratch/twice.tar.gz" kernel/mm b/kernel/mm
check "one that is there twice, too" fails_saying "is there 2 times" given twice.tar.gz

mkdir -p "$scratch/link/kernel/mm"
ln -s /etc/passwd "$scratch/link/$answer"
tar -C "$scratch/link" -cf "$scratch/link.tar" kernel
check "a link out of it is not followed" fails_saying "not a file of the submission" given link
check "nor in a tar" fails_saying "not a plain file" given link.tar

tar -C "$student" -cf "$scratch/up.tar" --transform 's,^kernel,../kernel,' -P kernel/mm
check "nor is a name that leads out" fails_saying "not a plain file" given up.tar

cp -r "$student" "$scratch/labs_t_wrong"
echo "int wrong(" >>"$scratch/labs_t_wrong/$answer"
touch "$scratch/labs_t_wrong/Makefile"
check "what does not compile has no points, and the compiler's words" \
	fails_saying "does not compile" given labs_t_wrong
check "which are told" says "error:"

cp -r "$student" "$scratch/labs_t_start"
printf 'all:\n\ttouch %s/ran\n' "$scratch" >"$scratch/labs_t_start/Makefile"
check "a start has no points" fails_saying "0 of 100 points" tools/grade.py $lab \
	--submission "$scratch/labs_t_start" --json "$scratch/grade.json" --junit "$scratch/grade.xml"
check "and says what is missing" says "is not written yet"
check "with the command that shows it" says "make replay SEED=1 "
check "nothing of it was run" test ! -e "$scratch/ran"

check "Gradescope finds the points, CI the failures" run as_others_read_it
check "of each lab the patches apply, and no student gets the answer" run tools/labs.py check
check "in a tree that is no clone, too" run env GIT_DIR=/nowhere tools/labs.py check
check "answers and models: the start, right ones, wrong ones" run tools/labtest.py order
check "twice, with the same points" run tools/labtest.py order --times 2 --answers "right only_stores"
check "and says so" says "2 gradings: 2 x 45 points; each run the same"
check "an answer that is none is refused" fails_saying "lab order has right" tools/labtest.py order --answers wrong
check "the page of points has no row that should be another one" run tools/labtest.py --check

done_testing
