# Labs: work on the kernel that is handed out and graded (docs/labs.md).

## labs: the labs there are, their points and hours
NEEDS_labs := python
.PHONY: labs
labs:
	@tools/labs.py

## lab: LAB=cow DIR=path: the student's repository, one commit, at its start
NEEDS_lab := python labs
.PHONY: lab
lab:
	@tools/labs.py make $(call quoted,$(LAB)) $(call quoted,$(DIR))

## grade: the kernel of this tree, where it is a student's
##   LAB=cow SUBMISSION=folder-or-tar: what a student has given
##   JSON=file (Gradescope's form) JUNIT=file VARIANT=1 (which bugs are planted)
NEEDS_grade  := build run labs models gdb
BUILDS_grade  = $(shell tools/labs.py builds $(call quoted,$(LAB)))
GRADE = tools/grade.py $(call quoted,$(LAB))
.PHONY: grade
grade: built
	@$(GRADE) $(call options,submission:SUBMISSION json:JSON junit:JUNIT variant:VARIANT)

## grade-all: LAB=cow SUBMISSIONS=folder, of folders and tars: a table, as HTML and CSV
##   VARIANT=1 HOSTS=file (ssh logins, one a line, with this tree, built, at the same path)
NEEDS_grade-all  := build run labs mutants models gdb $(if $(HOSTS),hosts)
BUILDS_grade-all  = $(BUILDS_grade)
.PHONY: grade-all
grade-all: built
	@$(GRADE) $(call options,class:SUBMISSIONS variant:VARIANT hosts:HOSTS)

## test-labs: the grader is graded: starts, right answers, wrong answers; LAB=name
##   ANSWERS="right start" (of that lab) TIMES=100: each graded so often, and the spread of its points
NEEDS_test-labs  := build run labs models gdb
BUILDS_test-labs  = $(sort $(foreach lab,$(labs),$(shell tools/labs.py builds $(lab))))
labs = $(or $(LAB),$(patsubst labs/%/lab,%,$(wildcard labs/*/lab)))
.PHONY: test-labs
test-labs: built
	@failed=; for lab in $(labs); do \
		tools/labtest.py $$lab $(call options,answers:ANSWERS times:TIMES) || failed="$$failed $$lab"; done; \
	[ -z "$$failed" ] || { echo "labs that are not as expected:$$failed"; exit 1; }

## labs-table: docs/lab-points.md anew, of what make test-labs has found
NEEDS_labs-table := python
.PHONY: labs-table
labs-table:
	@tools/labtest.py --table
