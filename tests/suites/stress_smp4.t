#!/bin/sh
# A slice of the stress tests; `make stress` runs them for as long as asked.
exec "$(dirname "$0")/../../tools/guest-tap.py" --smp 4 --timeout 1800 "/bin/run-tests stress -d 25"
