# What every hart did in one run, as a page and for Perfetto.

## trace: run a stress test and draw what each hart did: build/trace/
##   BUG=name TEST=name POINTS=off|noise|name SEED=1 SMP=4 DURATION=1
.PHONY: trace
trace: DURATION = 1
trace: $(KERNEL_ELF) $(BOOT_IMAGE) | setup-run
	@tools/trace.py --smp $(SMP) --mem $(MEM) --kernel $(KERNEL_ELF) --profile $(PROFILE) \
		--initrd $(BOOT_IMAGE) --append "$$APPEND" --test "$$TEST" \
		--bug "$$BUG" --points "$$POINTS" --seed '$(SEED)' --duration '$(DURATION)'
