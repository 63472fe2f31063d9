# The race tests: on the right kernel, and on one with a bug.

## stress: run the stress tests in the guest, a table at the end
##   SMP=4 DURATION=60 (seconds) SEED=1 TEST=name PROFILE=lab|debug|checked|watched|release
##   BUG=name[,name]: the kernel that has it (see bugs), until a test fails
##   POINTS=off|noise|name: race points; else noise and choreographies by turns
##   HOTPLUG=1: harts leave and come back all the time (/bin/hotplug)
STRESS = tools/stress.py $(BOOTED) \
	$(call options,profile:PROFILE test:TEST points:POINTS seed:SEED hotplug:HOTPLUG)

NEEDS_stress  := build run
BUILDS_stress  = kernel boot-image $(VARIANT:%=variant/%)
.PHONY: stress
stress: built
	@$(STRESS) $(call options,bug:BUG duration:DURATION)

## soak: the same for HOURS=1, booted anew with another seed every 10 minutes
NEEDS_soak  := build run
BUILDS_soak := kernel boot-image
.PHONY: soak
soak: built
	@$(STRESS) --hours '$(or $(HOURS),1)'

## fuzz: system calls by chance, with arguments of the right kind, as a user and as root
##   SECONDS=60 SEED=1 (the first one; each turn has the next) SMP=4 MEM=512M PROFILE=lab
NEEDS_fuzz  := build run
BUILDS_fuzz := kernel boot-image
.PHONY: fuzz
fuzz: built
	@tools/stress.py $(BOOTED) --test fuzz \
		$(call options,profile:PROFILE seed:SEED duration:SECONDS)

## mutants: each bug is caught, and the right kernel passes: the matrix
##   SEEDS="1 2 3" BUG=name (only that one) HOSTS=file (ssh logins, one a line)
##   PATCHES=folder: its *.patch instead, each a kernel that should be caught
NEEDS_mutants  := build run mutants $(if $(HOSTS),hosts)
BUILDS_mutants  = test-images $(if $(PATCHES),,$(or $(BUG:%=variant/%),$(mutants)))
mutants = $(addprefix variant/,$(shell tools/races.py names))
.PHONY: mutants
mutants: built
	@tools/mutants.py $(call options,seeds:SEEDS hosts:HOSTS patches:PATCHES) $(BUG)

## mutate: mutants of the core by machine, and which of them are killed: the table
##   SUBSYS="mm ipc" N=40 (so many of them) SEED=1 (which ones) DURATION=20 (seconds in
##   the guest, each) HOSTS=file (as for mutants); what is known already is not run again,
##   with AGAIN=1 but for what lives; NAMES="..." (these, whatever is known of them)
##   WITH="abi/x stress/y" (with these, instead of those that `make coverage` knows)
NEEDS_mutate  := build run mutants mutate $(if $(HOSTS),hosts)
BUILDS_mutate := test-images
MUTATE = tools/mutate.py $(call options,subsys:SUBSYS count:N seed:SEED seconds:DURATION \
	again:AGAIN hosts:HOSTS names:NAMES tests:WITH)
.PHONY: mutate
mutate: built
	@$(MUTATE)

## mutate-table: the table again of all that `make mutate` has found out, here or before
NEEDS_mutate-table := python
.PHONY: mutate-table
mutate-table:
	@$(MUTATE) --table

## mutate-keep: write what was found out into mutation/verdicts.tsv and the documents
NEEDS_mutate-keep := python
.PHONY: mutate-keep
mutate-keep:
	@tools/mutate.py --keep

## bugs: the catalogue of races: the bugs that a kernel can be built with
NEEDS_bugs := python
.PHONY: bugs
bugs:
	@tools/races.py

## races-rebase: RACE=name: its patch anew, when the kernel below it has changed
NEEDS_races-rebase := build
.PHONY: races-rebase
races-rebase:
	@tools/rebase.py rebase '$(RACE)'

## races-save: RACE=name: its patch from the trees that races-rebase leaves
NEEDS_races-save := build
.PHONY: races-save
races-save:
	@tools/rebase.py save '$(RACE)'

## races-index: write the indexes of races/README.md anew
NEEDS_races-index := python
.PHONY: races-index
races-index:
	@tools/races.py index
