# What gcc's analyser and clang-tidy say of each C file: build/analyse/X.c.gcc and
# X.c.tidy, made anew when the file, or a header of it, has changed.
# tools/analyse.py compares that with the answers.
#
# The kernel is read as the lab's, the programs of user/ as they are built, the
# tests and tools of the host by the host's compilers.  gcc reads without
# optimising, which would make of one path several that are none.  The programs
# that test the kernel are not read: the wrong calls that they make are meant.

ANALYSE  := $(BUILD)/analyse
HOSTS_OWN = $(wildcard tests/unit/*.c tests/fuzz/*.c tests/threads/*.c tools/*.c mk/*.c)
analysed  = $(foreach source,$(if $(FOLDERS),$(shell find $(FOLDERS) -name '*.c'),$(shell \
	find kernel user -name '*.c') $(HOSTS_OWN)),$(ANALYSE)/$(source).gcc $(ANALYSE)/$(source).tidy)

# Who leaks is not asked: an object of the kernel's is known by a link in its midst,
# which gcc takes for no pointer to it.
GCC_ANALYSER := -std=gnu11 -O0 -fanalyzer -Wuse-after-free=2 -Wfree-nonheap-object \
	-Wmismatched-dealloc -Wno-analyzer-malloc-leak -Wno-analyzer-file-leak \
	-Wno-analyzer-fd-leak -fdiagnostics-plain-output

KERNEL_READ := -DANALYSIS -DLAB=1 -ffreestanding -I kernel -I $(BUILD)/lab/include
$(ANALYSE)/%: READER = $(CC)
$(ANALYSE)/%: READ   = -pthread -I tests -I user
$(ANALYSE)/%: TIDY   = --target=riscv64-linux-gnu
$(ANALYSE)/kernel/%: READ = $(KERNEL_READ)
# kernel/sync defines the functions that LOCK_ANALYSIS makes macros of.
$(ANALYSE)/kernel/%: TIDY = --target=riscv64-linux-gnu -march=rv64imac -mabi=lp64 -DLOCK_ANALYSIS
$(ANALYSE)/kernel/sync/%: TIDY = --target=riscv64-linux-gnu -march=rv64imac -mabi=lp64
HOSTS_OWN_SAID := $(ANALYSE)/tests/unit/% $(ANALYSE)/tests/fuzz/% $(ANALYSE)/tests/threads/% \
	$(ANALYSE)/tools/% $(ANALYSE)/mk/%
$(HOSTS_OWN_SAID): READER = gcc
$(HOSTS_OWN_SAID): READ   = -DUNIT_TEST=1 -I kernel -I tests/unit -I tests/fuzz
$(HOSTS_OWN_SAID): TIDY   = -DLOCK_ANALYSIS
$(ANALYSE)/tests/analyse/%: READ = $(KERNEL_READ)
$(ANALYSE)/tests/analyse/%: TIDY = --target=riscv64-linux-gnu -march=rv64imac -mabi=lp64 -DLOCK_ANALYSIS
$(ANALYSE)/tests/threads/%: READ = -DUNIT_TEST=1 -DWATCHED=1 -I kernel -I tests/threads

# Of the kernel, when what is made for it is there.
$(analysed): | kernel
$(ANALYSE)/%.gcc: % mk/analyse.mk
	@mkdir -p $(@D)
	@echo "  ANALYSE $<"
	@$(READER) $(GCC_ANALYSER) $(READ) -MMD -MP -MF $@.d -MT $@ -MT $(@:gcc=tidy) \
		-S -o /dev/null $< >$@.new 2>&1 || { cat $@.new; false; }
	@mv $@.new $@
$(ANALYSE)/%.tidy: % .clang-tidy mk/analyse.mk
	@mkdir -p $(@D)
	@echo "  TIDY    $<"
	@clang-tidy --quiet $< -- -std=gnu11 -w $(TIDY) $(READ) >$@.new 2>$@.err || \
		{ cat $@.new $@.err; false; }
	@mv $@.new $@

.PHONY: analysed
analysed: $(analysed)

-include $(wildcard $(analysed:=.d))
