# drover: build, boot, test.  `make help` lists what can be made.
#
# mk/names.mk	names that this file and mk/build.mk share
# mk/build.mk	all that is built; called from here, one at a time
# mk/test.mk	the checks that run on the host, and all of them together
# mk/stress.mk	the race tests, with and without a bug
# mk/models.mk	the models of what cannot run
# mk/trace.mk	what each hart did, drawn
# mk/chaos.mk	interleavings by number
# mk/locks.mk	the orders of locks, drawn
# mk/labs.mk	work that is handed out and graded
# mk/book.mk	the book, and the gallery of races
# mk/front.mk	what was typed, what it needs, building it, running it

include mk/names.mk

dry_run   := $(findstring n,$(firstword -$(MAKEFLAGS)))
MAKEFLAGS += --no-builtin-rules --no-print-directory
.NOTPARALLEL:
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# What a guest on this terminal gets of what was typed.
BOOTED = $(call options,smp:SMP mem:MEM append:APPEND) $(if $(MEM),,$(root_is_debian:debian=--mem=2G)) --initrd $(call quoted,$(boot_image))
GUEST  = tools/run-guest.py $(BOOTED) --kernel $(KERNEL_ELF) $(call options,disk:DISK cmd:CMD)

## qemu: boot to a shell (Ctrl-A x leaves), or run CMD="program args"
##   SMP=4 MEM=512M PROFILE=lab|debug|checked|watched|release APPEND="kernel words" ROOT=dir-or-cpio
##   ROOT=debian PACKAGES="python3 gdb": a Debian, built once from the archive of your apt
##   DISK=file: its bytes are /dev/vda
##   BUG=name[,name]: the kernel that has it
NEEDS_qemu   = build run $(root_is_debian)
BUILDS_qemu  = kernel boot-image $(VARIANT:%=variant/%)
.PHONY: qemu
qemu: built
	@$(GUEST)

## bench: instructions and events per operation, as docs/performance.md has them
NEEDS_bench  := build run
BUILDS_bench := kernels image
.PHONY: bench
bench: built
	@bench/run.sh drover

## bench-smp: the same operation on 1, 2, 4 and 8 harts: what they wait for
NEEDS_bench-smp  := build run
BUILDS_bench-smp := kernel image
.PHONY: bench-smp
bench-smp: built
	@bench/run.sh smp

## bench-growth: what costs grow with, at three sizes; docs/performance.md has the table
NEEDS_bench-growth  := build run
BUILDS_bench-growth := kernels image
.PHONY: bench-growth
bench-growth: built
	@bench/growth.py

## bench-linux: the same program on Linux; KERNEL=path of an Image
NEEDS_bench-linux  := build run
BUILDS_bench-linux := image
.PHONY: bench-linux
bench-linux: built
	@bench/run.sh linux $(call quoted,$(KERNEL))

## gdb: QEMU stopped at its first instruction, gdb attached to all harts, with
##   commands of drover's (type `drover`); PROFILE=debug; BUG=name[,name]: the wrong code
NEEDS_gdb  := build run gdb
BUILDS_gdb  = kernel boot-image $(VARIANT:%=variant/%)
.PHONY: gdb
gdb: built
	@$(GUEST) --gdb

## console: type at the machine of `make gdb`, from another terminal (Ctrl-] leaves)
NEEDS_console := python
.PHONY: console
console:
	@tools/console.py

## kernel: only build/PROFILE/kernel.elf
## image: only build/initramfs.cpio, the root file system
NEEDS_kernel  := build
NEEDS_image   := build
BUILDS_kernel := kernel
BUILDS_image  := image
.PHONY: kernel image
kernel image: built

include mk/test.mk mk/stress.mk mk/models.mk mk/trace.mk mk/chaos.mk mk/locks.mk mk/labs.mk mk/book.mk

## help: this list
.PHONY: help
help:
	@sed -n 's/^## \?//p' Makefile mk/*.mk | \
		awk '/^ /{print "             " $$0; next} \
		     {n = index($$0, ": "); printf "%-12s %s\n", substr($$0, 1, n - 1), substr($$0, n + 2)}'

## clean: remove everything that was built or downloaded
.PHONY: clean
clean:
	@tools/building.sh rm -rf $(BUILD)

include mk/front.mk
