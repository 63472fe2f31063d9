# The unit tests: pure parts of the kernel, on the host, sanitised.

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

unit: $(UNIT_TESTS)
