# What runs whose interleaving is a number need: docs/seeded.md.

SEEDED_QEMU := $(BUILD)/qemu/qemu-system-riscv64
$(SEEDED_QEMU):
	@tools/fetch-qemu.sh $(@D)

HOLD_LOOP := $(BUILD)/qemu/holdloop.so
$(HOLD_LOOP): tools/holdloop.c
	@mkdir -p $(@D)
	@gcc -O2 -Wall -Wextra -shared -fPIC -o $@ $<

seeded: $(KERNEL_ELF) $(SEEDED_QEMU) $(HOLD_LOOP) $(addprefix $(ROOT_DIR)/,init \
	bin/run-tests $(filter tests/stress/%,$(TEST_PROGRAMS)))
