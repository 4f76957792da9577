# Every command a developer needs; `make` lists them. `make demo` and `make test` need only
# Python 3.11 or newer, called python3 (or PYTHON=...), and do all their own set-up.

PYTHON ?= python3
PORT ?= 8321
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
UV_PIP := $(BIN)/uv pip
INTO := --python $(BIN)/python

# An empty search path makes zoneinfo read the tzdata package: the same zones everywhere.
export PYTHONTZPATH :=
# Compiled once here, commands start several times faster; the tests start hundreds.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE
export UV_PYTHON_DOWNLOADS := never

# The web app: Node comes as a Python package, so nothing but Python has to be there.
NPM := $(BIN)/python web/hatch_build.py
MODULES := web/node_modules/.stamp
SCREENS := src/segmentry/web_dist/index.html
WEB_SOURCES := $(shell find web -name node_modules -prune -o -name generated -prune -o -type f -print)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo serve web web-dev test-web test-browser load api-faults audit test test-spec fuzz verify-time replay peers faults faults-quick bench bench-quick check check-locks docs docs-check fix lock clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/run.stamp ## Load a real store's orders and ask who its customers are
	$(BIN)/segmentry demo
	@echo; echo 'And to look at it in a browser:'; echo '  make serve'

serve: $(VENV)/run.stamp $(SCREENS) ## Serve the sample store with the web app; PORT=8321
	@test -d segmentry-demo || $(BIN)/segmentry demo
	$(BIN)/segmentry --workspace segmentry-demo serve --port $(PORT)

web: $(SCREENS) ## Build the web app into the package

web-dev: $(MODULES) ## Work on the web app: a page that follows its sources, before make serve
	$(NPM) run dev

test: $(VENV)/dev.stamp $(SCREENS) test-web ## Run every test, with coverage
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --hypothesis-profile=ci --ignore tests/browser

test-browser: $(VENV)/dev.stamp $(SCREENS) ## Go through the web app in a real browser (chromium)
	$(BIN)/pytest tests/browser

test-web: $(MODULES) ## Run the web app's own tests
	$(NPM) test

test-spec: $(VENV)/dev.stamp ## Run only the cases that define the language
	$(BIN)/pytest tests/spec

# Another SEED reads other texts: `make fuzz MINUTES=60 SEED=7`.
MINUTES ?= 10
SEED ?= 0
fuzz: $(VENV)/dev.stamp ## Run the tests that make up their examples, on new ones; spoil queries
	$(BIN)/pytest -n $(WORKERS) -m hypothesis --hypothesis-profile=default
	$(BIN)/python -m tests.faults.queries --minutes $(MINUTES) --seed $(SEED) --slow 2

verify-time: $(VENV)/dev.stamp ## Compare dates of every time zone with a clock that is watched
	$(BIN)/python -m tests.oracles.verify_time --seed $(SEED)

# `make peers FOLDER=...`: a folder of records that are not part of this repository.
PEERS := $(filter-out __init__ test_%,$(basename $(notdir $(wildcard tests/peers/*.py))))
peers: $(VENV)/dev.stamp ## Compare with what other systems wrote and answered
	@for each in $(PEERS); do $(BIN)/python -m tests.peers.$$each $(FOLDER) || exit 1; done

faults: $(VENV)/dev.stamp ## Break files, kill every step, walk long (faults-quick: some)
	$(BIN)/python -m tests.faults.files --keep build/faults
	$(BIN)/python -m tests.faults.damage
	$(BIN)/python -m tests.faults.journal
	$(BIN)/python -m tests.faults.server
	$(BIN)/python -m tests.faults.writes
	$(BIN)/python -m tests.faults.unsynced
	$(BIN)/python -m tests.faults.backups
	$(BIN)/python -m tests.faults.signing_in
	$(BIN)/python -m tests.faults.lopsided
	$(BIN)/python -m tests.faults.memberships
	$(BIN)/python -m tests.faults.jobs
	$(BIN)/python -m tests.faults.spreadsheet
	$(BIN)/pytest tests/functional/test_killed_import.py tests/functional/test_killed_refresh.py \
		tests/functional/test_killed_export.py tests/functional/test_killed_recording.py \
		tests/functional/test_killed_restore.py tests/functional/test_upgrades.py \
		tests/functional/test_server_in_trouble.py --every-event

replay: $(VENV)/dev.stamp ## Live through two years of the sample store, in order and out of it
	$(BIN)/python -m tests.oracles.replay
	$(BIN)/python -m tests.oracles.replay --late

# `make load SECONDS=30 RATE=500` for a shorter and a lighter one; SEGMENTS=480 adds so many.
SECONDS ?= 600
RATE ?= 1000
SEGMENTS ?= 0
load: $(VENV)/dev.stamp ## Post events to a server at a steady rate; tell when they show
	$(BIN)/python -m tests.load --seconds $(SECONDS) --rate $(RATE) --segments $(SEGMENTS)

api-faults: $(VENV)/dev.stamp ## Ask a server everything that its description allows, and more
	$(BIN)/python -m tests.faults.api --minutes $(MINUTES) --seed $(SEED)

audit: $(VENV)/dev.stamp ## Look for known flaws and unwanted licences in what it runs on
	$(BIN)/python -m tests.audit

faults-quick: $(VENV)/dev.stamp
	$(BIN)/python -m tests.faults.files --quick --keep build/faults
	$(BIN)/python -m tests.faults.journal --kills 50
	$(BIN)/python -m tests.faults.api --quick

bench: $(VENV)/dev.stamp ## Measure how long things take (bench-quick: everything once)
	$(BIN)/python -m tests.bench

bench-quick: $(VENV)/dev.stamp
	$(BIN)/python -m tests.bench --quick

check: $(VENV)/dev.stamp $(MODULES) check-locks docs-check ## Check format, lint, types, imports, locks, docs, changelog
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run check
	$(UV_PIP) check $(INTO)
	@$(BIN)/towncrier build --draft --version next >/dev/null

check-locks: ## Check that no lock names where packages came from
	@if grep -nE '://|file:|^[[:space:]]*(-[if]|--[a-z-]*(index|links|host))' requirements/*.txt || \
		grep -nE '"resolved"|://registry' web/package-lock.json; then \
		echo 'The lines above tie a lock to one package index: run make lock.'; exit 1; fi

docs: $(VENV)/dev.stamp ## Write the reference manual from the catalogue and the spec cases
	$(BIN)/python -m tests.docs.manual

docs-check: $(VENV)/dev.stamp
	$(BIN)/python -m tests.docs.manual --check

fix: $(VENV)/dev.stamp $(MODULES) ## Format the code and mend what the linter can
	$(NPM) run fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Universal: one lock for every platform and Python. `make lock UPGRADE=--upgrade` moves the pins.
COMPILE = $(UV_PIP) compile --quiet $(UPGRADE) --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate
lock: $(VENV)/uv.stamp ## Pin what pyproject.toml and requirements/*.in ask for
	$(COMPILE) requirements/uv.in --output-file requirements/uv.txt
	$(COMPILE) pyproject.toml requirements/dev.in --extra pandas --extra polars \
		--output-file requirements/dev.txt
	$(COMPILE) pyproject.toml --constraint requirements/dev.txt --output-file requirements/run.txt
	$(COMPILE) requirements/build.in --constraint requirements/dev.txt \
		--output-file requirements/build.txt
	$(COMPILE) requirements/web.in --constraint requirements/dev.txt \
		--output-file requirements/web.txt

clean: ## Remove everything that the other commands made
	rm -rf $(VENV) web/node_modules web/src/api/generated src/segmentry/web_dist .bench build dist htmlcov .coverage .coverage.* \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Three stages of one virtual environment, each remembered by a stamp: the installer, what the
# package runs on (enough for the demo), what its tests and checks need as well.
INSTALL_PACKAGE = $(UV_PIP) install --quiet $(INTO) --no-deps --no-build-isolation --editable .

$(VENV)/uv.stamp: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"Segmentry needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--requirement requirements/uv.txt
	@touch $@

$(VENV)/run.stamp: $(VENV)/uv.stamp requirements/run.txt requirements/build.txt pyproject.toml
	$(UV_PIP) install --quiet $(INTO) --require-hashes \
		--requirement requirements/run.txt --requirement requirements/build.txt
	$(INSTALL_PACKAGE)
	@touch $@

$(VENV)/dev.stamp: $(VENV)/uv.stamp requirements/dev.txt pyproject.toml
	$(UV_PIP) sync --quiet $(INTO) --require-hashes requirements/dev.txt
	$(INSTALL_PACKAGE)
	@touch $(VENV)/run.stamp $@

$(VENV)/node.stamp: requirements/web.txt | $(VENV)/run.stamp
	$(UV_PIP) install --quiet $(INTO) --require-hashes --requirement requirements/web.txt
	@touch $@

$(MODULES): $(VENV)/node.stamp web/package-lock.json
	$(NPM) ci --no-audit --no-fund --loglevel error
	@touch $@

$(SCREENS): $(MODULES) $(WEB_SOURCES)
	$(NPM) run build
	@touch $@
