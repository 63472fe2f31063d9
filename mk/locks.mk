# In which order the kernel has taken its locks, and how long they were waited for.

## lockgraph: run the ABI tests, and draw in which orders locks were taken:
##   build/lockgraph/lockgraph.svg; SMP=4 CMD="what runs instead"
NEEDS_lockgraph  := build run graph
BUILDS_lockgraph := kernel image
.PHONY: lockgraph
lockgraph: built
	@tools/lockgraph.py draw $(call options,smp:SMP cmd:CMD)

## locks: how long locks are waited for and held: a table and histograms, after
##   CMD="program args" (the ABI tests); SMP=4
NEEDS_locks  := build run
BUILDS_locks := kernel image
.PHONY: locks
locks: built
	@tools/run-guest.py $(call options,smp:SMP mem:MEM) --kernel $(KERNEL_ELF) \
		--cmd $(call quoted,/bin/locks $(or $(CMD),/bin/run-tests abi))
