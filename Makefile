# Tasks of the house. `make` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROFILE ?= run
READY := $(VENV)/ready-$(PROFILE)

help:  ## list the tasks
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): requirements/$(PROFILE).txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/$(PROFILE).txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/ready-dev: requirements/dev.txt $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable tests/plugin
	touch $@

setup: $(READY)  ## install what the system needs into .venv

run: $(READY)  ## load the demonstration brokerage and serve on http://localhost:3000
	$(BIN)/ait demo load
	$(BIN)/ait serve

test: $(VENV)/ready-dev  ## run all tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

test-fast: $(VENV)/ready-dev  ## run the tests that need no browser and no second process
	$(BIN)/python -m pytest -q -x --ignore tests/e2e --ignore tests/evals --ignore tests/server -m "not slow"

check: $(VENV)/ready-dev  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fmt: $(VENV)/ready-dev  ## format, and put imports and simple faults right
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/ready-dev  ## measure, as ratios against a baseline in the same run
	$(BIN)/python -m benchmarks

# Nothing here uses a Kubernetes client (chromadb asks for one), GDAL's map files (geopandas) or a model hub (chromadb).
UNNEEDED := $(addprefix --unsafe-package ,kubernetes pyogrio tokenizers huggingface-hub hf-xet)
COMPILE = $(BIN)/pip-compile -q --generate-hashes --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UNNEEDED)

lock: $(VENV)/ready-dev  ## pin all dependencies again, with hashes
	$(COMPILE) --unsafe-package onnxruntime -o requirements/minimal.txt requirements/minimal.in
	$(COMPILE) -o requirements/run.txt requirements/run.in
	$(COMPILE) -o requirements/dev.txt requirements/dev.in

texts: $(VENV)/ready-dev  ## gather all texts for people into the English catalogue
	mkdir -p var
	PYTHONPATH=. $(BIN)/pybabel -q extract -F babel.cfg -k N_ -k operation --no-location --sort-output --omit-header -o var/texts.pot .
	$(BIN)/pybabel -q update -D ait -i var/texts.pot -d locales -l en -w 120 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

.PHONY: help setup run test test-fast check fmt bench lock texts
