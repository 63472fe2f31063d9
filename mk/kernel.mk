# The kernel: build/PROFILE/kernel.elf, and the headers that are made for it.
#
#	lab	checks itself while it runs
#	debug	the same, compiled for a debugger: variables exist, lines come in order
#	checked	the lab's, with the checks that the compiler can put into the code
#	watched	the lab's, with a call before each access to memory: debug/datarace.h
#	release	compiled without the checks
#	coverage the lab's, which counts how often each branch was taken (tools/coverage.py)
#
# With VARIANT=NAME[,NAME] it is the lab kernel that has these bugs (races/),
# build/lab+NAME/kernel.elf: what their patches change is compiled from copies
# in build/lab+NAME/src, and linked with the right kernel's other objects.  Of
# PROFILE=debug it is build/debug+NAME.

CROSS_COMPILE ?= riscv64-linux-gnu-
CC  := $(CROSS_COMPILE)gcc

# A warning is an error, of compilers that were seen to have none: what a newer
# one has to say of right code keeps nobody from booting it.
STRICT := $(if $(filter 12 13 14,$(shell $(CC) -dumpversion 2>/dev/null | cut -d. -f1)),-Werror)

KERNEL_LD   := kernel/arch/riscv/kernel.ld
OFFSETS     := kernel/arch/riscv/offsets.c
ASM_OFFSETS := $(OUT)/include/asm_offsets.h

# The vDSO: a shared object of its own, which the kernel carries as data.
VDSO_LDS     := kernel/proc/time/vdso/image.lds
VDSO_SRC     := $(wildcard kernel/proc/time/vdso/*.[cS])
VDSO_OBJ     := $(patsubst kernel/proc/time/%,$(OUT)/%.o,$(VDSO_SRC))
VDSO         := $(OUT)/vdso.so
VDSO_OFFSETS := $(OUT)/include/vdso_offsets.h

KERNEL_SRC := $(sort $(filter-out $(OFFSETS) $(VDSO_SRC),$(shell find kernel -name '*.[cS]')))
is_checked := $(filter checked,$(PROFILE))
is_watched := $(filter watched,$(PROFILE))
counting   := $(filter coverage,$(PROFILE))
has_lab    := $(filter lab debug checked watched coverage,$(PROFILE))
KERNEL_OBJ := $(patsubst %,$(OUT)/%.o,$(KERNEL_SRC:.c=) $(if $(has_lab),variant))
KERNEL_INC := -I kernel -I $(OUT)/include

ifneq ($(VARIANT),)
own := $(shell tools/variant.py '$(VARIANT)' $(OUT) $(RIGHT))
$(if $(own),,$(error no kernel with BUG=$(VARIANT)))
KERNEL_OBJ := $(patsubst $(OUT)/kernel/%,$(RIGHT)/kernel/%,$(KERNEL_OBJ))
KERNEL_OBJ := $(filter-out $(own:%=$(RIGHT)/%.o),$(KERNEL_OBJ)) $(own:%=$(OUT)/%.o)
KERNEL_INC := -I $(OUT)/src/kernel -I kernel -I $(OUT)/include -I $(RIGHT)/include
OFFSETS    := $(firstword $(wildcard $(OUT)/src/$(OFFSETS)) $(OFFSETS))
endif

KCPPFLAGS := $(KERNEL_INC) -DLAB=$(if $(has_lab),1,0) -DCHECKED=$(if $(is_checked),1,0) \
	-DWATCHED=$(if $(is_watched),1,0) \
	-fmacro-prefix-map=$(OUT)/src/=
# debug/ubsan.h.  Warned of is what would follow if a check did not panic.
UBSAN     := -fsanitize=undefined -Wno-array-bounds
# debug/datarace.h, which orders nothing by what it sees: a fence is none of its concern.
WATCH     := -fsanitize=thread --param tsan-distinguish-volatile=1 -Wno-tsan \
	--param tsan-instrument-func-entry-exit=0 -fno-optimize-sibling-calls
# The counters are read from outside, so nobody merges them.
COUNTED   := --coverage -fprofile-update=atomic -fprofile-info-section
# debug/kasan.h, whose SHADOW_OFFSET this is.
KASAN     := -fsanitize=kernel-address -fasan-shadow-offset=0xdfffffe800000000 \
	--param=asan-stack=1 --param=asan-globals=1 -fno-sanitize-address-use-after-scope
# Who watches memory asks before these touch it.
WRAPPED   := memcpy memmove memset

KCFLAGS   := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany \
	-std=gnu11 -ffreestanding -fno-pic -fno-common -fno-strict-aliasing \
	$(if $(filter debug coverage,$(PROFILE)),-Og,-O2) -g -fno-asynchronous-unwind-tables \
	$(if $(has_lab),-fno-omit-frame-pointer,-fomit-frame-pointer) \
	-fno-stack-protector -fcallgraph-info=su $(if $(counting),$(COUNTED)) \
	$(if $(has_lab),-ftrivial-auto-var-init=pattern) \
	-Wall -Wextra $(STRICT) -Wmissing-prototypes -Wstrict-prototypes \
	$(if $(is_checked),$(UBSAN) $(KASAN)) $(if $(is_watched),$(WATCH)) \
	$(if $(VARIANT),-Wno-unused) # what a bug leaves out was used for something
KLDFLAGS  := -nostdlib -static -no-pie -Wl,-T,$(KERNEL_LD) \
	$(if $(is_watched),-fno-sanitize=thread) \
	$(if $(is_checked)$(is_watched),$(WRAPPED:%=-Wl$(comma)--wrap=%)) \
	$(if $(counting),-Wl$(comma)--defsym=__gcov_merge_add=0) \
	-Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,--fatal-warnings

# Who reports does not check himself.
$(OUT)/kernel/debug/ubsan.o $(OUT)/kernel/debug/kasan.o \
$(OUT)/kernel/debug/kasan_object.o: UNCHECKED := $(UBSAN) $(KASAN)
$(patsubst %.c,$(OUT)/%.o,$(filter-out %/test.c,$(wildcard kernel/debug/datarace/*.c))): \
	KCFLAGS += $(if $(is_watched),-fno-sanitize=all) -Wno-missing-prototypes
# Their words are watched as ranges, or belong to nobody.
$(addprefix $(OUT)/kernel/,lib/string.o lib/pagecopy.o mm/poison.o): KCFLAGS += -fno-sanitize=thread
# Who moves memory is asked by others, who hands it out or follows the calls of
# a stack touches what is nobody's.
$(patsubst %,$(OUT)/kernel/%.o,lib/string lib/pagecopy mm/slab mm/poison debug/backtrace \
	init/panic): UNCHECKED := $(KASAN)

# memcpy() and memset() may not be compiled into calls of themselves.
$(OUT)/kernel/lib/string.o: KCFLAGS += -fno-tree-loop-distribute-patterns

define compile
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(KCPPFLAGS) $(filter-out $(UNCHECKED),$(KCFLAGS)) -MMD -MP -c -o $@ $<
endef
$(OUT)/%.o: $(OUT)/src/%.c mk/kernel.mk
	$(compile)
$(OUT)/%.o: %.c mk/kernel.mk
	$(compile)

define assemble
	@mkdir -p $(@D)
	@echo "  AS      $<"
	@$(CC) $(KCPPFLAGS) $(filter-out $(UNCHECKED),$(KCFLAGS)) -MMD -MP -c -o $@ $<
endef
$(OUT)/%.S.o: $(OUT)/src/%.S $(ASM_OFFSETS) mk/kernel.mk
	$(assemble)
$(OUT)/%.S.o: %.S $(ASM_OFFSETS) mk/kernel.mk
	$(assemble)

$(ASM_OFFSETS): $(OFFSETS) mk/kernel.mk
	@mkdir -p $(@D)
	@echo "  OFFSETS $<"
	@$(CC) $(KCPPFLAGS) $(KCFLAGS) -MMD -MP -MF $(OUT)/offsets.d -MT $@ \
		-S -o $(OUT)/offsets.s $<
	@sed -n 's/^->\([A-Z0-9_]*\) \(.*\)/#define \1 \2/p' $(OUT)/offsets.s >$@

VDSO_FLAGS := -march=rv64imac_zicsr_zifencei -mabi=lp64 -std=gnu11 \
	-ffreestanding -fPIC -O2 -fno-asynchronous-unwind-tables \
	-fno-stack-protector -Wall -Wextra $(STRICT)
VDSO_LDFLAGS := -shared -nostdlib -Wl,-T,$(VDSO_LDS) \
	-Wl,-soname,linux-vdso.so.1 -Wl,--hash-style=both -Wl,--build-id=none \
	-Wl,-z,norelro -Wl,-z,max-page-size=4096 -Wl,--fatal-warnings

$(VDSO_OBJ): $(OUT)/vdso/%.o: kernel/proc/time/vdso/% mk/kernel.mk
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(KCPPFLAGS) $(VDSO_FLAGS) -MMD -MP -c -o $@ $<

$(VDSO): $(VDSO_OBJ) $(VDSO_LDS)
	@echo "  VDSO    $@"
	@$(CC) $(VDSO_FLAGS) $(VDSO_LDFLAGS) -Wl,--strip-all -o $@ $(VDSO_OBJ)

$(VDSO_OFFSETS): $(VDSO)
	@mkdir -p $(@D)
	@$(CROSS_COMPILE)nm -D $< | sed -n \
		's/^\([0-9a-f]*\) T __vdso_\([a-z_]*\).*/#define VDSO_\U\2\E 0x\1/p' >$@

$(OUT)/kernel/proc/time/vdso.S.o: KCPPFLAGS += -Wa,-I$(OUT)
$(OUT)/kernel/proc/time/vdso.S.o: $(VDSO) $(VDSO_OFFSETS)

# Choreographies, and which kernel this is: debug/race.h.
RACES_DEF := $(if $(VARIANT),$(RIGHT),$(OUT))/include/races.def
ifeq ($(VARIANT),)
$(RACES_DEF): $(wildcard races/*/bug.patch races/*/choreography) tools/races.py
	@mkdir -p $(@D)
	@tools/races.py header >$@.new
	@cmp -s $@.new $@ || cp $@.new $@
	@rm $@.new
endif
$(filter $(OUT)/%,$(KERNEL_OBJ)): | $(RACES_DEF)

$(OUT)/variant.o: mk/kernel.mk
	@mkdir -p $(@D)
	@echo 'extern const char kernel_variant[]; const char kernel_variant[] = "$(VARIANT)";' | \
		$(CC) $(KCFLAGS) -x c -c -o $@ -

# Linked twice: the table of symbol names that a backtrace prints lists the
# addresses of the first link, and stands after the text so that none moves.
# What gdb reads makes half the work of a link, and the first needs none of it.
# The kernel appears all at once: another make may just be booting the old one.
$(OUT)/ksyms-none.S: tools/ksyms.py
	@mkdir -p $(@D)
	@tools/ksyms.py table </dev/null >$@

$(KERNEL_ELF): $(KERNEL_OBJ) $(OUT)/ksyms-none.S $(KERNEL_LD) tools/ksyms.py
	@echo "  LD      $@"
	@$(CC) $(KCFLAGS) $(KLDFLAGS) -Wl,-S -o $(OUT)/pass1.elf $(KERNEL_OBJ) $(OUT)/ksyms-none.S
	@$(CROSS_COMPILE)nm $(OUT)/pass1.elf | tools/ksyms.py table >$(OUT)/ksyms.S
	@$(CC) $(KCFLAGS) $(KLDFLAGS) -o $(OUT)/pass2.elf $(KERNEL_OBJ) $(OUT)/ksyms.S
	@$(CROSS_COMPILE)nm $(OUT)/pass2.elf | tools/ksyms.py table | cmp - $(OUT)/ksyms.S
	@mv $(OUT)/pass2.elf $@

kernel: $(KERNEL_ELF)

-include $(KERNEL_OBJ:.o=.d) $(VDSO_OBJ:.o=.d) $(OUT)/offsets.d
