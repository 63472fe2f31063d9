# The checks.  Each is a program that speaks TAP; prove runs them and sums up.
#
#	tests/unit/X_test.c	pure parts of the kernel, on the host, sanitised
#	tests/suites/*.t	the linters; the programs of tests/abi on Linux's
#				interface and in the guest; a slice of stress;
#				the models
#	tests/boot/*.t		booting, well and badly, seen from outside

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*_test.c))
UNIT_FLAGS := -std=gnu11 -g -O1 -fsanitize=address,undefined \
	-fno-sanitize-recover=all -Wall -Wextra -DLAB=1 -DUNIT_TEST=1 \
	-I kernel -I tests/unit

# A unit test names the kernel sources it tests in its first line:
#	/* sources: lib/avl.c lib/string.c */
sources_of = $(addprefix kernel/,$(shell sed -n '1s|/\* sources: *\(.*\) \*/|\1|p' $(1)))

$(BUILD)/unit/%: tests/unit/%.c tests/unit/unit.c tests/unit/unit.h \
		$(wildcard kernel/lib/* kernel/mm/* kernel/debug/*) mk/test.mk | setup-build setup-test
	@mkdir -p $(@D)
	@echo "  UNIT    $<"
	@gcc $(UNIT_FLAGS) -o $@ $< tests/unit/unit.c $(call sources_of,$<) -lcmocka

# Everything the guest tests boot; the release kernel is another make's.
.PHONY: test-images
test-images: $(KERNEL_ELF) $(SMALL_IMAGE) $(FULL_IMAGE) | setup-run setup-test
	@$(MAKE) PROFILE=$(if $(filter lab,$(PROFILE)),release,lab) kernel

export CMOCKA_MESSAGE_OUTPUT := TAP
export PYTHONDONTWRITEBYTECODE := 1
PROVE := prove --jobs 2 --exec ''
BOOT_TESTS := $(sort $(wildcard tests/boot/*.t))

## test: everything: units, linters, ABI, stress slice, boots (a few minutes)
.PHONY: test
test: $(UNIT_TESTS) test-images | setup-models setup-mutants
	@$(PROVE) $(wildcard tests/suites/*.t) $(BOOT_TESTS) $(UNIT_TESTS)

## unit: the host's unit tests alone
.PHONY: unit
unit: $(UNIT_TESTS)
	@$(PROVE) $^

## lint: include rules, orderings, documents, lock contracts, cppcheck
.PHONY: lint
lint: | setup-build setup-test
	@$(PROVE) tests/suites/lint.t

## abi: the programs of tests/abi, on Linux's interface and then on drover
.PHONY: abi
abi: test-images
	@$(PROVE) $(wildcard tests/suites/abi_*.t)

## sizes: how long the kernel's functions and files are
.PHONY: sizes
sizes:
	@tools/check_sizes.py kernel
