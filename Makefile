# Two commands matter: `make demo` and `make test`. Each installs what it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEV    := $(VENV)/.installed-dev
SYNAPSE := .synapse/.installed

.PHONY: demo test integration long check lint types synapse clean

demo: $(STAMP)
	@$(BIN)/newsbot demo

test: $(DEV)
	@$(BIN)/newsbot models pull minilm tiny
	@$(BIN)/pytest

# What the everyday run leaves out: Synapse, PostgreSQL, the standard model.
integration: $(DEV) $(SYNAPSE)
	@$(BIN)/newsbot models pull minilm tiny standard
	@$(BIN)/pytest -m '(synapse or postgres or standard) and not long'

# Fault tests in their long form (200 kills, 2,000 deliveries) and longer fuzzing; their short forms run every day.
long: $(DEV) $(SYNAPSE)
	@$(BIN)/pytest -s -m long

check: lint types

lint: $(DEV)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(DEV)
	@$(BIN)/mypy

synapse: $(SYNAPSE)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "newsbot needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "No virtual environment could be made. On Debian: apt-get install python3-venv"; exit 1; }

$(STAMP): $(VENV)/bin/python pyproject.toml
	@echo "Installing newsbot into $(VENV) (about 1.4 GB, a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(DEV): $(STAMP)
	@echo "Installing what the tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $@

$(SYNAPSE):
	@echo "Installing a Matrix homeserver for the tests into .synapse"
	@$(PYTHON) -m venv .synapse
	@.synapse/bin/python -m pip install --quiet --disable-pip-version-check matrix-synapse==1.163.2
	@tests/synapse/strict/install || echo "The strict Matrix client could not be installed; its tests are skipped"
	@touch $@

clean:
	rm -rf $(VENV) .synapse .mypy_cache .ruff_cache .pytest_cache
