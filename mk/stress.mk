# The race tests: on the right kernel, and on one with a bug switched on.

## stress: run the stress tests in the guest, a table at the end
##   SMP=4 DURATION=60 (seconds) SEED=1 TEST=name PROFILE=lab|release
##   BUG=name: with that bug (see bugs) until a test that catches it fails
##   POINTS=off|noise|name: race points; else noise and choreographies by turns
DURATION ?= 60
SEED     ?= 1
export TEST BUG POINTS HOURS

STRESS = tools/stress.py --smp $(SMP) --mem $(MEM) --profile $(PROFILE) \
	--initrd $(BOOT_IMAGE) --append "$$APPEND" --test "$$TEST" \
	--bug "$$BUG" --points "$$POINTS" --seed '$(SEED)'

.PHONY: stress stress-boot soak soak-boot
stress-boot: $(KERNEL_ELF) $(BOOT_IMAGE) | setup-run
	@status=0; $(STRESS) --duration '$(DURATION)' || status=$$?; \
	echo $$status >$(BUILD)/stress.status
stress: stress-boot
	$(call leave_with,$(BUILD)/stress.status)

## soak: the same for HOURS=1, booted anew with another seed every 10 minutes
HOURS ?= 1
soak-boot: $(KERNEL_ELF) $(BOOT_IMAGE) | setup-run
	@status=0; $(STRESS) --hours "$$HOURS" || status=$$?; \
	echo $$status >$(BUILD)/soak.status
soak: soak-boot
	$(call leave_with,$(BUILD)/soak.status)

## mutants: each bug is caught, and the right kernel passes: the matrix
##   SEEDS="1 2 3" BUG=name (only that one) HOSTS=file (ssh logins, one a line)
SEEDS ?= 1
export HOSTS
.PHONY: mutants
mutants: test-images | setup-run setup-mutants $(if $(HOSTS),setup-hosts)
	@tools/mutants.py --seeds '$(SEEDS)' --hosts "$$HOSTS" $(BUG)

## bugs: the table of bugs that can be switched on
.PHONY: bugs
bugs:
	@tools/bugs.py

## races-index: write the indexes of docs/races/README.md anew
.PHONY: races-index
races-index:
	@tools/bugs.py --write
