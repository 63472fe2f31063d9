# The checks.  Each is a program that speaks TAP; prove runs them and sums up.
#
#	tests/unit/X_test.c	pure parts of the kernel, on the host, sanitised
#	tests/threads		its locks, with threads of the host as harts
#	tests/fuzz		its parsers, given what is made up
#	tests/suites/*.t	those two; the linters; the programs of tests/abi on Linux's
#				interface and in the guest; a slice of stress;
#				the models
#	tests/host/*.t		the tools of the host: set-up, the lock, the front
#	tests/linux/*.sh	real programs, by make test-linux
#	tests/boot/*.t		booting, well and badly, seen from outside

export CMOCKA_MESSAGE_OUTPUT := TAP
# Guests wait for their own clocks now and then: two more than there are processors.
PROVE  = prove --timer --jobs $(shell echo $$(($$(nproc) + 2))) --exec ''
# What takes minutes begins first, so that none of it is left alone at the end.
LONG  := $(wildcard tests/suites/*.t) $(patsubst %,tests/%.t,boot/arguments boot/checked boot/gdb \
	boot/trace boot/watched boot/provoked host/labs host/analyse)
TESTS := $(LONG) $(filter-out $(LONG),$(sort $(wildcard tests/host/*.t tests/boot/*.t)))

## test: everything: units, linters, ABI, stress slice, boots (a few minutes)
NEEDS_test  := build run test models mutants mutate gdb
BUILDS_test  = unit test-images $(mutants)
.PHONY: test
test: built
	@rm -rf build/tap
	@PERL_TEST_HARNESS_DUMP_TAP=build/tap $(PROVE) $(TESTS) $(UNIT_TESTS) || \
		{ tools/failed.sh build/tap; exit 1; }

## unit: the host's unit tests alone: pure code, locks under threads, parsers
NEEDS_unit  := build test
BUILDS_unit := unit
.PHONY: unit
unit: built
	@$(PROVE) $(UNIT_TESTS) tests/suites/threads.t tests/suites/fuzz_parsers.t

## fuzz-parsers: more of what is made up for the parsers, from the kept inputs on
##   SECONDS=60 (each) PARSER=name (of tests/fuzz) SEED=1
NEEDS_fuzz-parsers  := build test
BUILDS_fuzz-parsers := fuzz
.PHONY: fuzz-parsers
fuzz-parsers: built
	@tools/fuzz-parsers.sh '$(PARSER)' $(or $(SECONDS),60) $(or $(SEED),1)

## lint: include rules, orderings, documents, lock contracts, cppcheck, stacks
NEEDS_lint  := build test
BUILDS_lint := kernels
.PHONY: lint
lint: built
	@$(PROVE) tests/suites/lint.t

## analyse: gcc's analyser and clang-tidy over the kernel, the tests and the tools (long
##   at first; then what has changed): each finding is mended or answered
NEEDS_analyse  := build test
BUILDS_analyse := analysed
.PHONY: analyse
analyse: built
	@tools/analyse.py

## abi: the programs of tests/abi, on Linux's interface and then on drover
NEEDS_abi  := build run test
BUILDS_abi := test-images
.PHONY: abi
abi: built
	@$(PROVE) $(wildcard tests/suites/abi_*.t)

## abi-diff: what calls answer at their edges, on Linux and here: the differences
##   KERNEL=path of an Image; else what one has said (tests/abi-diff/linux.txt)
NEEDS_abi-diff  := build run
BUILDS_abi-diff := kernel image
.PHONY: abi-diff
abi-diff: built
	@tools/abi-diff.py $(call options,kernel:KERNEL smp:SMP profile:PROFILE)

## ltp: a folder of test programs, LTP's or the Open POSIX suite's, here and on a Linux
##   LTP=dir of static programs, KERNEL=path of an Image, PROGRAMS="open*"
NEEDS_ltp  := build run
BUILDS_ltp := kernel image
.PHONY: ltp
ltp: built
	@tools/ltp.py $(call quoted,$(LTP)) $(call options,linux:KERNEL test:PROGRAMS smp:SMP \
		mem:MEM profile:PROFILE)

## test-linux: real programs (bash, python3, gcc, vim, ...) in a Debian, and a table (long)
##   SMP=4 MEM=3G PROGRAMS="git vim": those only; KERNEL=path of an Image: on that Linux
NEEDS_test-linux  := build run debian
BUILDS_test-linux := kernel programs
.PHONY: test-linux
test-linux: built
	@tools/test-linux.py $(call options,smp:SMP mem:MEM kernel:KERNEL programs:PROGRAMS) --initrd $(programs_image)

## coverage: lines and branches that the tests reach, as pages; and lines x tests
##   MINUTES=10: of it, a part; the next call goes on
NEEDS_coverage  := build run coverage
BUILDS_coverage := image counted
.PHONY: coverage
coverage: built
	@tools/coverage.py $(call options,minutes:MINUTES)

## check-kernel: the suites under each detector of the kernel, and a table (long)
##   SMP=4 DURATION=60 (seconds of stress) DETECTOR=watched|checked
##   SUITE="abi stress" TEST="name name": of it, a part
NEEDS_check-kernel  := build run
BUILDS_check-kernel := kernels image
.PHONY: check-kernel
check-kernel: built
	@tools/check_kernel.py $(call options,smp:SMP duration:DURATION detector:DETECTOR \
		suite:SUITE test:TEST)

## reading: the files of docs/reading.md, and how long they are
NEEDS_reading := python
.PHONY: reading
reading:
	@tools/check_reading.py

## abi-doc: docs/linux-abi.md, which calls there are and what they lack, from the code
NEEDS_abi-doc := build python
.PHONY: abi-doc
abi-doc:
	@tools/linux_abi.py

## stack: the deepest chains of calls on a kernel stack, and what is left of it
NEEDS_stack  := build python
BUILDS_stack := kernel
.PHONY: stack
stack: built
	@tools/check_stack.py $(dir $(KERNEL_ELF)) --show

## sizes: how long the kernel's functions and files are
NEEDS_sizes := python
.PHONY: sizes
sizes:
	@tools/check_sizes.py kernel

## fresh: the README's two commands, each alone on a bare Debian (needs root)
##   DEBIAN="12 13" USERS="root sudo none"
NEEDS_fresh := fresh
.PHONY: fresh
fresh:
	@tools/fresh.sh '$(or $(DEBIAN),12 13)' '$(or $(USERS),root sudo none)'
