# In which order the kernel has taken its locks.

## lockgraph: run the ABI tests, and draw in which orders locks were taken:
##   build/lockgraph/lockgraph.svg; SMP=4 CMD="what runs instead"
NEEDS_lockgraph  := build run graph
BUILDS_lockgraph := kernel image
.PHONY: lockgraph
lockgraph: built
	@tools/lockgraph.py draw $(call options,smp:SMP cmd:CMD)
