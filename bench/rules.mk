# What differs from the rule for programs in mk/image.mk: tiny has no C
# library and shares no code with the benchmark.

$(ROOT_DIR)/bench/tiny: bench/tiny.c bench/rules.mk
	@mkdir -p $(@D)
	@echo "  PROGRAM /bench/tiny"
	@$(CC) -O2 -static -nostdlib -s -Wl,-z,noseparate-code \
		-Wl,--build-id=none -o $@ $<

$(ROOT_DIR)/bench/bench: bench/rules.mk bench/libbench.h bench/libevents.h
