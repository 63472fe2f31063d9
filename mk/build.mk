# The make that builds, called by Makefile under the lock of this tree (so one
# at a time), with everything installed and every argument looked at:
#
#	kernel		build/PROFILE/kernel.elf
#	kernels		those of the profiles lab and release, and this one's
#	counted		build/coverage/kernel.elf, which counts its branches
#	variant/A[,B]	build/lab+A[+B]/kernel.elf: the lab's with these bugs
#	image		build/initramfs.cpio
#	boot-image	what `make qemu` boots: that, a smaller one, or ROOT=
#	programs	a Debian with the programs that tests/linux tries
#	unit		the host's unit tests; fuzz, threads: of them, a part
#	analysed	what static analysers say of each source, or of those in FOLDERS
#	test-images	what the guest tests boot
#	seeded		what seeded runs need
#
# mk/kernel.mk	the kernel, for one PROFILE
# mk/image.mk	the programs and the root image they are packed into
# mk/unit.mk	the unit tests
# mk/analyse.mk	what static analysers say
# mk/seeded.mk	the QEMU of seeded runs, and what they boot

include mk/names.mk

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

include mk/kernel.mk mk/image.mk mk/unit.mk mk/seeded.mk mk/analyse.mk

.PHONY: kernel kernels counted image boot-image unit threads fuzz test-images seeded
kernel image boot-image unit threads fuzz test-images seeded: ; @:
kernels: kernel
	@for profile in $(filter-out $(PROFILE),lab release); do \
		$(MAKE) -f mk/build.mk PROFILE=$$profile kernel || exit; \
	done
counted: FORCE
	@$(MAKE) -f mk/build.mk PROFILE=coverage kernel
test-images: kernels $(SMALL_IMAGE) $(FULL_IMAGE)
# By a make of its own: what differs is known when the right one is built.
variant/%: kernel FORCE
	@$(MAKE) -f mk/build.mk VARIANT='$*' kernel
