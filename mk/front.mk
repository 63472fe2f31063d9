# Between what a user types and what is built and run.
#
# Each goal says once what it needs, and what is built before its recipe:
#
#	NEEDS_goal  := build run	lines of the table in tools/setup.sh
#	BUILDS_goal := kernel image	targets of mk/build.mk
#	goal: built
#		@program ...
#
# While this file is read, which is after those, everything that all goals
# need is installed in one go; so no recipe ever meets another one installing.

# ---- what was typed ----

ARGUMENTS := SMP MEM PROFILE ROOT PACKAGES DISK CMD APPEND TEST BUG POINTS HOTPLUG SEED SEEDS DURATION \
	HOURS RERUNS ROUNDS MODEL HOSTS GDB KERNEL DEBIAN USERS PATCHES RACE \
	SUBSYS N LTP PROGRAMS LAB DIR SUBMISSION SUBMISSIONS JSON JUNIT VARIANT DETECTOR SUITE \
	ANSWERS TIMES SECONDS PARSER AGAIN MINUTES NAMES WITH

# The words are taken as typed: make would expand a dollar in them, here and
# again in each make that it calls, so that gets none of them by MAKEFLAGS.
typed := $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))
given := $(foreach name,$(ARGUMENTS),$(if $(filter undefined,$(origin $(name))),,$(name)))
$(foreach name,$(given),$(eval override $(name) := $$(value $(name))))
MAKEOVERRIDES :=
exported := $(sort $(filter MEM ROOT PACKAGES PATCHES,$(given)) PROFILE)
export $(exported)

# $(call options,smp:SMP ...): the option of a program for each that was given.
options = $(foreach pair,$(1),$(call option,$(firstword $(subst :, ,$(pair))),$(lastword \
	$(subst :, ,$(pair)))))
option  = $(if $($(2)),--$(1)=$(call quoted,$($(2))))

# ---- before anything is built ----

goals  := $(or $(MAKECMDGOALS),$(.DEFAULT_GOAL))
needs  := $(sort $(foreach goal,$(goals),$(if $(filter $(BUILD)/%,$(goal)),build,$(NEEDS_$(goal)))))
# A lab's VARIANT=n is typed, and is no kernel's name.
override VARIANT := $(if $(filter qemu gdb stress chaos replay trace,$(goals)),$(BUG),$(if \
	$(filter grade grade-all,$(goals)),$(VARIANT)))
unexport VARIANT

set_up  = tools/setup.sh $(call quoted,make $(goals)) $(needs) >&2
check   = tools/arguments.py $(foreach goal,$(goals),$(call quoted,$(goal))) -- \
	$(foreach name,$(given),$(call quoted,$(name)=$($(name)))) -- \
	$(foreach name,$(typed),$(call quoted,$(name)=$(value $(name))))

# Where there is no Python yet, nothing can be checked before it is there.
have_python = command -v python3 >/dev/null
ifneq ($(needs),)
refusal := $(shell $(if $(dry_run),! $(have_python) || $(check), \
	{ $(have_python) || $(set_up); } && $(check) && $(set_up)))
$(if $(filter-out 0,$(.SHELLSTATUS)),$(error $(or $(refusal),nothing was built)))
endif

# ---- building, one make at a time ----

# Looked at only now: a program may have the list, and need what is set up.
builds := $(sort $(foreach goal,$(goals),$(if $(filter $(BUILD)/%,$(goal)),$(goal),$(BUILDS_$(goal)))))

.PHONY: built
built:
	$(if $(builds),@tools/building.sh $(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) \
		-f mk/build.mk $(builds))

$(BUILD)/%: built ;
