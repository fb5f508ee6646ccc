# What each command promises stands in README.md. The work is done in trellis/make/, which needs Python 3.11 or newer and nothing else.

N ?= 10000

PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
ifeq ($(PYTHON),)
PYTHON := @echo "Cannot go on: Python 3.11 or newer is needed, found $$(python3 --version 2>/dev/null || echo none)."; exit 1;
endif

.PHONY: run test check lint bench soak backup restore clean

run:            ## everything from nothing to a running Trellis with demo content
	@$(PYTHON) -m trellis.make.run

test:           ## every test; what was skipped, and why, stands at the end
	@$(PYTHON) -m trellis.make.test

check:          ## the quick look before a commit
	@$(PYTHON) -m trellis.make.check

lint:           ## format, lint, types and migrations only
	@$(PYTHON) -m trellis.make.check --no-tests

bench:          ## the benchmark: make bench N=10000
	@$(PYTHON) -m trellis.make.bench $(N)

soak:           ## the long proofs
	@$(PYTHON) -m trellis.make.soak

backup:         ## a consistent copy while everything runs: make backup TO=file
	@$(PYTHON) -m trellis.make.backup $(TO)

restore:        ## back again, over a migration too: make restore FROM=file
	@$(PYTHON) -m trellis.make.restore $(FROM)
