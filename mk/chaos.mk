# Runs whose interleaving is a number: docs/seeded.md.

CHAOS = tools/chaos.py $(call options,profile:PROFILE smp:SMP mem:MEM append:APPEND \
	test:TEST bug:BUG points:POINTS rounds:ROUNDS)

## chaos: run seeds, each an interleaving of its own that can be replayed
##   SEEDS=1-1000 TEST=name BUG=name[,name] POINTS=off|noise|name SMP=4 ROUNDS=1
##   RERUNS=5: each seed so often, it has to do the same every time
NEEDS_chaos  := build run
BUILDS_chaos  = seeded $(VARIANT:%=variant/%)
.PHONY: chaos
chaos: built
	@$(CHAOS) $(call options,seeds:SEEDS reruns:RERUNS)

## replay: one seed again with all it says: SEED=17, the rest as for chaos
##   GDB=1: stopped at the first instruction, gdb attached
NEEDS_replay  := build run $(if $(GDB),gdb)
BUILDS_replay  = seeded $(VARIANT:%=variant/%)
.PHONY: replay
replay: built
	@$(CHAOS) --replay '$(or $(SEED),1)' $(if $(GDB),--gdb)

# What both build, for the tests that call their program.
NEEDS_seeded  := build run
BUILDS_seeded := seeded
.PHONY: seeded
seeded: built
