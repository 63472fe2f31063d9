# drover: build, boot, test.  `make help` lists what can be made.
#
# mk/kernel.mk	the kernel, for one PROFILE
# mk/image.mk	the programs and the root image they are packed into
# mk/test.mk	the checks that run on the host, and all of them together
# mk/stress.mk	the race tests, with and without a bug
# mk/models.mk	the models of what cannot run
# mk/trace.mk	what each hart did, drawn
# mk/chaos.mk	interleavings by number

BUILD   := build
PROFILE ?= lab
SMP     ?= 4
MEM     ?= 512M

bad_argument := $(shell tools/check-args.sh '$(SMP)' '$(MEM)' '$(PROFILE)')
$(if $(bad_argument),$(error $(bad_argument)))

MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

include mk/kernel.mk mk/image.mk mk/test.mk mk/stress.mk mk/models.mk mk/trace.mk \
	mk/chaos.mk

# Set-up checks are quick; each need is met before the first rule that has it.
.PHONY: setup-build setup-run setup-test setup-gdb setup-mutants setup-models setup-hosts
setup-build setup-run setup-test setup-gdb setup-mutants setup-models setup-hosts: setup-%:
	@tools/setup.sh $*

# What the user wrote reaches the shell as variables, quotes and all.
export CMD APPEND

GUEST = tools/run-guest.py --smp $(SMP) --mem $(MEM) --kernel $(KERNEL_ELF) \
	--initrd $(BOOT_IMAGE) --append "$$APPEND"

# The status of make is that of the program: a recipe can only make it 2.
ifneq ($(CMD)$(filter stress soak chaos replay,$(MAKECMDGOALS)),)
-load $(BUILD)/exit_status.so
endif
$(BUILD)/exit_status.so: mk/exit_status.c | setup-build
	@mkdir -p $(@D)
	@gcc -shared -fPIC -O2 -Wall -o $@ $<

leave_with = @$(exit-with $(file <$(1)))exit $(file <$(1))

.PHONY: boot qemu
boot: $(KERNEL_ELF) $(BOOT_IMAGE) | setup-run
	@status=0; $(GUEST) --cmd "$$CMD" || status=$$?; \
	echo $$status >$(BUILD)/boot.status

## qemu: boot to a shell (Ctrl-A x leaves), or run CMD="program args"
##   SMP=4 MEM=512M PROFILE=lab|release APPEND="kernel words" ROOT=dir-or-cpio
qemu: boot
	$(call leave_with,$(BUILD)/boot.status)

## bench: instructions and events per operation, as docs/performance.md has them
.PHONY: bench bench-linux
bench: | setup-run
	@$(MAKE) PROFILE=release kernel image
	@$(MAKE) PROFILE=lab kernel
	@bench/run.sh drover

## bench-linux: the same program on Linux; KERNEL=path of an Image
bench-linux: $(BUILD)/root/bench/bench $(BUILD)/root/bench/tiny | setup-run
	@bench/run.sh linux '$(KERNEL)'

## gdb: QEMU stopped at its first instruction, gdb attached to all harts
##   (harts, tasks, pagetable VA, page POINTER: tools/gdb/drover.py)
.PHONY: gdb
gdb: $(KERNEL_ELF) $(BOOT_IMAGE) | setup-run setup-gdb
	@$(GUEST) --cmd "$$CMD" --gdb

## help: this list
.PHONY: help
help:
	@sed -n 's/^## \?//p' Makefile mk/*.mk | \
		awk '/^ /{print "             " $$0; next} \
		     {n = index($$0, ": "); printf "%-12s %s\n", substr($$0, 1, n - 1), substr($$0, n + 2)}'

## clean: remove everything that was built or downloaded
.PHONY: clean
clean:
	rm -rf $(BUILD)
