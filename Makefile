# One entry for each thing to do here. Every path below is relative: make cannot hold a path with a space in it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

PYTHON ?= python3
VENV := .venv
FLORPY := .build/release/florpy
# An undeclared import between targets builds silently without this.
IMPORT_CHECK := --explicit-target-dependency-import-check error

.PHONY: setup build test test-swift test-python lint lint-swift lint-python demo bench clean

setup: $(VENV)/.set-up

$(VENV)/.set-up: scripts/setup scripts/requirements.txt
	PYTHON="$(PYTHON)" scripts/setup $(VENV)
	touch $@

# Linked statically: the dynamic Swift runtime would install crash handlers of its own in the script's process.
build: | setup
	swift build -c release --static-swift-stdlib $(IMPORT_CHECK)

test: test-swift test-python

# `swift test` knows no static linking and would link the release binary anew, so the tests have a debug build.
test-swift: | setup
	swift test -c debug $(IMPORT_CHECK)

test-python: build
	FLORPY="$(CURDIR)/$(FLORPY)" OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest

lint: lint-swift lint-python

lint-swift: | setup
	swift format lint --strict -r Sources Tests Package.swift

lint-python: | setup
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m ruff format --check .
	$(VENV)/bin/python -m mypy

demo: build
	scripts/demo $(VENV) $(FLORPY) build/demo

bench: build
	$(VENV)/bin/python benchmarks/run.py --florpy $(FLORPY) --results benchmarks/RESULTS.md

clean:
	rm -rf .build build
