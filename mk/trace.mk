# What every hart did in one run, as a page and for Perfetto.

## trace: run a stress test and draw what each hart did: build/trace/
##   BUG=name[,name] TEST=name POINTS=off|noise|name SEED=1 SMP=4 DURATION=1 (20 with BUG)
NEEDS_trace  := build run
BUILDS_trace  = kernel boot-image $(VARIANT:%=variant/%)
.PHONY: trace
trace: built
	@tools/trace.py $(BOOTED) --kernel $(KERNEL_ELF) $(call options,profile:PROFILE \
		test:TEST bug:BUG points:POINTS seed:SEED duration:DURATION)
