# Parts of the kernel on the host, sanitised.
#
#	unit	pure ones, with what is claimed of them: build/unit/X
#	threads	locks and wait queues, threads as harts: build/threads/sync_test,
#		and, in build/threads/planted, the same with one mistake each
#	fuzz	parsers, given what libFuzzer makes up: build/fuzz/X

UNIT_FLAGS := -std=gnu11 -g -O1 -fsanitize=address,undefined \
	-fno-sanitize-recover=all -Wall -Wextra -DLAB=1 -DUNIT_TEST=1 \
	-I kernel -I tests/unit

# A unit test names the kernel sources it tests in its first line:
#	/* sources: lib/avl.c lib/string.c */
sources_of = $(addprefix kernel/,$(shell sed -n '1s|/\* sources: *\(.*\) \*/|\1|p' $(1)))

$(BUILD)/unit/%: tests/unit/%.c tests/unit/unit.c $(wildcard tests/unit/*.h) \
		$(wildcard kernel/lib/* kernel/sync/* kernel/mm/* kernel/debug/* kernel/debug/lockdep/*) mk/test.mk
	@mkdir -p $(@D)
	@echo "  UNIT    $<"
	@gcc $(UNIT_FLAGS) -o $@ $< tests/unit/unit.c $(call sources_of,$<) -lcmocka

unit: $(UNIT_TESTS) threads fuzz

# ---- threads as harts: tests/threads/harts.h ----

THREADS_FLAGS := -std=gnu11 -g -O1 -Wall -Wextra -DLAB=0 -DWATCHED=1 -DUNIT_TEST=1 \
	-fsanitize=thread -Wno-tsan --param tsan-distinguish-volatile=1 -pthread \
	-include tests/threads/machine.h -I kernel -I tests/threads
THREADS := $(patsubst tests/threads/planted/%.h,$(BUILD)/threads/planted/%,$(wildcard \
	tests/threads/planted/*.h)) $(BUILD)/threads/sync_test

define threads_program
	@mkdir -p $(@D)
	@echo "  THREADS $@"
	@gcc $(THREADS_FLAGS) $(if $(filter planted,$(notdir $(@D))),-include tests/threads/planted/$(@F).h) \
		-o $@ tests/threads/sync_test.c tests/threads/harts.c tests/unit/panic.c \
		$(call sources_of,tests/threads/sync_test.c)
endef
$(BUILD)/threads/planted/%: tests/threads/planted/%.h tests/unit/panic.c $(wildcard tests/threads/*) $(wildcard \
		kernel/sync/* kernel/arch/*.h kernel/lib/radix.*) mk/unit.mk
	$(threads_program)
$(BUILD)/threads/sync_test: tests/unit/panic.c $(wildcard tests/threads/*) $(wildcard kernel/sync/* kernel/arch/*.h kernel/lib/radix.*) mk/unit.mk
	$(threads_program)

threads: $(THREADS)

# ---- parsers: tests/fuzz/fuzz.h ----

# As the analysis of locks reads it, for clang wants to know their classes.
FUZZ_FLAGS := -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	-Wall -Wextra -Wno-unknown-warning-option -DLAB=1 -DUNIT_TEST=1 -DLOCK_ANALYSIS \
	-I kernel -I tests/fuzz
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(filter-out %/fuzz.c,$(wildcard tests/fuzz/*.c)))

$(FUZZERS): $(BUILD)/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h \
		tests/unit/panic.c mk/unit.mk
	@mkdir -p $(@D)
	@echo "  FUZZ    $<"
	@for source in $< tests/fuzz/fuzz.c tests/unit/panic.c $(call sources_of,$<); do \
		clang $(FUZZ_FLAGS) -MM -MP -MT $@ $$source; done >$@.d
	@clang $(FUZZ_FLAGS) -o $@ $< tests/fuzz/fuzz.c tests/unit/panic.c $(call sources_of,$<)

fuzz: $(FUZZERS)

-include $(wildcard $(FUZZERS:=.d))
