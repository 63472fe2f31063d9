#!/bin/sh
# What failed, at the end of a long run of prove, where a reader looks first.
#
#	failed.sh DIR	the TAP of each test as prove has left it there
#			(PERL_TEST_HARNESS_DUMP_TAP)
#
# Each result that is not ok, and the first lines that explain it.
cd "$1" || exit
find . -type f -exec awk -v most=8 '
	/^not ok/ && !/# SKIP/ {
		print substr(FILENAME, 3) ": " $0
		lines = most
		next
	}
	/^#/ && lines > 0 {
		print "    " $0
		lines--
		next
	}
	{ lines = 0 }
' {} +
