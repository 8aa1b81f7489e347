# The workflow. `make run` starts the monitor, `make test` proves it; both make .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test fuzz lint types docs clean

run: $(VENV)/.run
	@exec $(BIN)/monitor run

# Several files at a time: much of the suite waits for disks, children and browsers.
WORKERS ?= 3

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

# Schemathesis with every check, as each role, on both databases: some 40,000 cases, 10 minutes.
fuzz: $(VENV)/.dev
	$(BIN)/python tests/web/fuzz.py $(ARGS)
	$(BIN)/python tests/web/fuzz.py --postgresql $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	mkdir -p build/types
	for name in plugins dashboard models; do ln -sfn ../../$$name build/types/monitor_$$name; done
	$(BIN)/mypy

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "the monitor needs Python 3.11 or newer; set PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)

# torch first and alone: its exact build is the machine's choice, the rest is resolved around it.
$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,train,drift,cluster]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
