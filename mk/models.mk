# The models of models/: what no run on QEMU can show.  tools/models.py has
# Spin search each exhaustively; docs/models.md.

## models: search the models with Spin; MODEL=name one of them
##   MODEL=name BUG=name prints how that goes wrong, a column per process
NEEDS_models := models
.PHONY: models
models:
	@tools/models.py $(MODEL) $(BUG)
