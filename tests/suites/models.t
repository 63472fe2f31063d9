#!/bin/sh
# The models: the right ones have no error, each with a bug has one.  The long
# searches are left to `make models`.
exec "$(dirname "$0")/../../tools/models.py" --quick
