#!/bin/sh
# The models: the right ones have no error, each with a bug has one.
exec "$(dirname "$0")/../../tools/models.py"
