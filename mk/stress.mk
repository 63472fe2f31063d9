# The race tests: on the right kernel, and on one with a bug switched on.

## stress: run the stress tests in the guest, a table at the end
##   SMP=4 DURATION=60 (seconds) SEED=1 TEST=name PROFILE=lab|release
##   BUG=name: with that bug (see bugs) until a test that catches it fails
##   POINTS=off|noise|name: race points; else noise and choreographies by turns
STRESS = tools/stress.py $(BOOTED) \
	$(call options,profile:PROFILE test:TEST bug:BUG points:POINTS seed:SEED)

NEEDS_stress  := build run
BUILDS_stress := kernel boot-image
.PHONY: stress
stress: built
	$(call run,$(STRESS) $(call options,duration:DURATION))

## soak: the same for HOURS=1, booted anew with another seed every 10 minutes
NEEDS_soak  := build run
BUILDS_soak := kernel boot-image
.PHONY: soak
soak: built
	$(call run,$(STRESS) --hours '$(or $(HOURS),1)')

## mutants: each bug is caught, and the right kernel passes: the matrix
##   SEEDS="1 2 3" BUG=name (only that one) HOSTS=file (ssh logins, one a line)
NEEDS_mutants  := build run mutants $(if $(HOSTS),hosts)
BUILDS_mutants := test-images
.PHONY: mutants
mutants: built
	@tools/mutants.py $(call options,seeds:SEEDS hosts:HOSTS) $(BUG)

## bugs: the table of bugs that can be switched on
NEEDS_bugs := python
.PHONY: bugs
bugs:
	@tools/bugs.py

## races-index: write the indexes of docs/races/README.md anew
NEEDS_races-index := python
.PHONY: races-index
races-index:
	@tools/bugs.py --write
