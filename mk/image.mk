# The programs that run on drover, and the images they are packed into.
#
# Every .c file below is a program, but files named lib*.c: those are linked
# into each program of their folder.
#
#	user/X.c		/bin/X	(init: /init)
#	tests/abi/X.c		/tests/abi/X
#	tests/stress/X.c	/tests/stress/X
#	tests/abi-diff/X.c	/tests/abi-diff/X
#	bench/X.c		/bench/X
#
# They are ordinary static Linux programs; the same files run on Linux.  In the
# image they are stripped; what a debugger wants to know of them is in
# build/symbols, under the same names.

ROOT_DIR := $(BUILD)/root
SYMBOLS  := $(BUILD)/symbols

programs_of = $(filter-out lib%,$(notdir $(basename $(wildcard $(1)/*.c))))
BIN_PROGRAMS  := $(patsubst %,bin/%,$(filter-out init,$(call programs_of,user))) \
	$(filter init,$(call programs_of,user))
TEST_PROGRAMS := $(addprefix tests/abi/,$(call programs_of,tests/abi)) \
	$(addprefix tests/stress/,$(call programs_of,tests/stress)) \
	$(addprefix tests/abi-diff/,$(call programs_of,tests/abi-diff)) \
	$(addprefix bench/,$(call programs_of,bench))

UCFLAGS := -std=gnu11 -O2 -g -pthread -ffunction-sections -fdata-sections \
	-Wall -Wextra $(STRICT) -I tests -I user
ULDFLAGS := -static -Wl,--gc-sections -Wl,-z,noseparate-code

# $(1): folder of the sources, $(2): folder in the image
define program_rule
$(ROOT_DIR)/$(2)%: $(1)/%.c $(wildcard $(1)/lib*.c) mk/image.mk
	@mkdir -p $$(@D) $(BUILD)/dep/$(2) $(SYMBOLS)/$(2)
	@echo "  PROGRAM /$(2)$$*"
	@$(CC) $(UCFLAGS) $(ULDFLAGS) -MMD -MP -MF $(BUILD)/dep/$(2)$$*.d -MT $$@ \
		-o $$@ $$(filter %.c,$$^)
	@$(CROSS_COMPILE)objcopy --only-keep-debug $$@ $(SYMBOLS)/$(2)$$*
	@$(CROSS_COMPILE)strip $$@
endef
$(eval $(call program_rule,user,bin/))
$(eval $(call program_rule,tests/abi,tests/abi/))
$(eval $(call program_rule,tests/stress,tests/stress/))
$(eval $(call program_rule,tests/abi-diff,tests/abi-diff/))
$(eval $(call program_rule,bench,bench/))

-include bench/rules.mk

$(ROOT_DIR)/init: $(ROOT_DIR)/bin/init
	@cp $< $@

-include $(wildcard $(BUILD)/dep/*/*.d $(BUILD)/dep/*/*/*.d)

BUSYBOX := $(BUILD)/busybox/busybox
$(BUSYBOX):
	@tools/fetch-busybox.sh $(@D)

SKELETON := $(shell find user/skel -type f 2>/dev/null)

$(SMALL_IMAGE): IMAGE_PROGRAMS = $(BIN_PROGRAMS)
$(FULL_IMAGE):  IMAGE_PROGRAMS = $(BIN_PROGRAMS) $(TEST_PROGRAMS)
$(SMALL_IMAGE): $(addprefix $(ROOT_DIR)/,$(BIN_PROGRAMS))
$(FULL_IMAGE):  $(addprefix $(ROOT_DIR)/,$(BIN_PROGRAMS) $(TEST_PROGRAMS))
$(SMALL_IMAGE) $(FULL_IMAGE): $(BUSYBOX) $(SKELETON) tools/make-image.py mk/image.mk
	@echo "  IMAGE   $@"
	@tools/make-image.py $@ --root $(ROOT_DIR) --skeleton user/skel \
		--busybox $(BUSYBOX) $(IMAGE_PROGRAMS)

.PHONY: FORCE
image: $(FULL_IMAGE)
boot-image: $(if $(root_is_debian),$(debian_packed),$(if $(ROOT),$(if $(root_is_folder),$(root_packed)),$(our_image)))

# From the archive once, for each set of packages.
.PRECIOUS: $(BUILD)/debian/%.tar
$(BUILD)/debian/%.tar:
	@tools/debian-root.py fetch $@ $(PACKAGES)
# With scripts that try its programs: they are small.
PROGRAM_TESTS := tests/tap.sh $(wildcard tests/linux/*.sh tests/linux/*/*)
$(BUILD)/debian/%.cpio: $(BUILD)/debian/%.tar $(ROOT_DIR)/init $(PROGRAM_TESTS) tools/debian-root.py
	@echo "  IMAGE   $@"
	@tools/debian-root.py pack $< $(ROOT_DIR)/init $@ $(PROGRAM_TESTS)

.PHONY: programs
programs:
	@$(MAKE) -f mk/build.mk ROOT=debian PACKAGES=$(call quoted,$(TRIED_PROGRAMS)) boot-image

FORCE:
$(BUILD)/root-%.cpio: FORCE
	@mkdir -p $(@D)
	@tools/make-image.py $@ --skeleton $(call quoted,$(ROOT))
