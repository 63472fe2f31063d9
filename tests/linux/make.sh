#!/bin/bash
# Claim   make -j4 makes what depends before what it depends on is asked again,
#         with four jobs at once and each target once.
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

folder=$(mktemp -d)
cd "$folder" || exit

cat >Makefile <<'END'
parts := $(shell seq 60)
all: $(parts:%=part.%)
	@cat $^ | sort -n >$@
part.%: base
	@echo $* >$@; echo made >>made.$*
base:
	@sleep 0.1; echo base >$@
END

first() {
	run make -j4 && [ "$(wc -l <all)" = 60 ] && [ "$(cat made.* | wc -l)" = 60 ]
}

again() {
	run make -j4 && says "up to date"
}

after_a_change() {
	sleep 0.1
	touch base
	run make -j4 && [ "$(cat made.* | wc -l)" = 120 ]
}

fails() {
	printf 'a: b c\nb:\n\tfalse\nc:\n\tsleep 1000\n' >broken
	! run timeout 60 make -f broken b && says "Error 1"
}

check "make -j4: all parts, each once" first
check "nothing is made again" again
check "all is made again after a change" after_a_change
check "a failure is told" fails
cd / && rm -r "$folder"
done_testing
