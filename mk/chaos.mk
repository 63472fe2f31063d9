# Runs whose interleaving is a number: docs/seeded.md.

SEEDED_QEMU := $(BUILD)/qemu/qemu-system-riscv64
$(SEEDED_QEMU): | setup-run
	@tools/fetch-qemu.sh $(@D)

HOLD_LOOP := $(BUILD)/qemu/holdloop.so
$(HOLD_LOOP): tools/holdloop.c | setup-build
	@mkdir -p $(@D)
	@gcc -O2 -Wall -Wextra -shared -fPIC -o $@ $<

# Of variables that other rules have defaults for, what the user has set.
set_by_user = $(if $(filter file,$(origin $(1))),,$($(1)))

CHAOS_SEEDS = $(or $(call set_by_user,SEEDS),1-200)
CHAOS_MEM   = $(or $(call set_by_user,MEM),64M)
RERUNS ?= 1
ROUNDS ?= 1
CHAOS = tools/chaos.py --profile $(PROFILE) --smp $(SMP) --mem $(CHAOS_MEM) \
	--append "$$APPEND" --test "$$TEST" --bug "$$BUG" --points "$$POINTS" \
	--rounds '$(ROUNDS)'
CHAOS_NEEDS = $(KERNEL_ELF) $(SEEDED_QEMU) $(HOLD_LOOP) $(addprefix $(ROOT_DIR)/,init \
	bin/run-tests $(filter tests/stress/%,$(TEST_PROGRAMS)))

## chaos: run seeds, each an interleaving of its own that can be replayed
##   SEEDS=1-1000 TEST=name BUG=name POINTS=off|noise|name SMP=4 ROUNDS=1
##   RERUNS=5: each seed so often, it has to do the same every time
.PHONY: chaos chaos-needs chaos-run replay replay-run
chaos-needs: $(CHAOS_NEEDS)
chaos-run: $(CHAOS_NEEDS)
	@status=0; $(CHAOS) --seeds '$(CHAOS_SEEDS)' --reruns '$(RERUNS)' || \
	status=$$?; echo $$status >$(BUILD)/chaos.status
chaos: chaos-run
	$(call leave_with,$(BUILD)/chaos.status)

## replay: one seed again with all it says: SEED=17, the rest as for chaos
##   GDB=1: stopped at the first instruction, gdb attached
replay-run: $(CHAOS_NEEDS) $(if $(GDB),| setup-gdb)
	@status=0; $(CHAOS) --replay '$(SEED)' $(if $(GDB),--gdb) || \
	status=$$?; echo $$status >$(BUILD)/replay.status
replay: replay-run
	$(call leave_with,$(BUILD)/replay.status)
