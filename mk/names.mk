# Names that both know: the make that a user types at (Makefile) and the one
# that builds for it (mk/build.mk).

BUILD   := build
# A debugger wants the profile in which variables exist.
ifeq ($(origin PROFILE),undefined)
PROFILE := $(if $(filter gdb,$(MAKECMDGOALS)),debug,lab)
endif
# The right kernel that a variant shares objects with.
RIGHT   := $(BUILD)/$(or $(filter debug checked watched,$(PROFILE)),lab)
# Where the kernel is: of a PROFILE, or that one with the bugs VARIANT=A[,B].
comma   := ,
OUT      = $(BUILD)/$(if $(VARIANT),$(notdir $(RIGHT))+$(subst $(comma),+,$(VARIANT)),$(PROFILE))

# $(1) as one word of the shell, whatever is in it.
quoted = '$(subst ','\'',$(1))'

KERNEL_ELF   = $(OUT)/kernel.elf
SMALL_IMAGE := $(BUILD)/small.cpio
FULL_IMAGE  := $(BUILD)/initramfs.cpio
UNIT_TESTS  := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*_test.c))

# What to boot: ROOT=debian a Debian with PACKAGES, ROOT= a cpio as it is, or a
# folder, packed anew under a name of its own; else ours.  The small image has no tests: they would not fit beside
# themselves, packed, in the memory of the smallest machine.
root_is_folder = $(shell [ ! -d $(call quoted,$(ROOT)) ] || echo yes)
root_packed    = $(BUILD)/root-$(firstword $(shell printf %s $(call quoted,$(ROOT)) | cksum)).cpio
small_memory   = $(shell [ $$(numfmt --from=iec $(or $(MEM),512M)) -ge 268435456 ] || echo yes)
our_image      = $(if $(small_memory),$(SMALL_IMAGE),$(FULL_IMAGE))
root_is_debian = $(filter debian,$(ROOT))
debian_with    = $(BUILD)/debian/$(firstword $(shell printf '%s\n' $(call quoted,$(sort $(1))) | cksum)).cpio
debian_packed  = $(call debian_with,$(PACKAGES))
boot_image     = $(if $(root_is_debian),$(debian_packed),$(if $(ROOT),$(if $(root_is_folder),$(root_packed),$(ROOT)),$(our_image)))

# What the scripts of tests/linux try, beside what each Debian has.
TRIED_PROGRAMS := python3 sqlite3 redis-server git make perl gawk stress-ng strace gdb gcc libc6-dev \
	lua5.4 vim tmux iproute2 iputils-ping
programs_image  = $(call debian_with,$(TRIED_PROGRAMS))
