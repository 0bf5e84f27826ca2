# One entry for each thing to do here. Every path below is relative: make cannot hold a path with a space in it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

PYTHON ?= python3
VENV := .venv
FLORPY := .build/release/florpy
# An undeclared import between targets builds silently without this.
IMPORT_CHECK := --explicit-target-dependency-import-check error

.PHONY: setup build wheel bench-log test test-swift test-python lint lint-swift lint-python fuzz crash fuzz-readers demo bench bench-record bench-rivals bench-bytes bench-stall bench-static bench-calls bench-rewrite bench-catalogue bench-replay clean

setup: $(VENV)/.set-up

$(VENV)/.set-up: scripts/setup scripts/requirements.txt
	PYTHON="$(PYTHON)" scripts/setup $(VENV)
	touch $@

# Linked statically: the dynamic Swift runtime would install crash handlers of its own in the script's process.
# `malloc(): invalid size` at every start: SwiftPM has missed that a struct of another module has changed; `make clean` helps.
build: | setup
	swift build -c release --static-swift-stdlib $(IMPORT_CHECK)

test: test-swift test-python

# `swift test` knows no static linking and would link the release binary anew, so the tests have a debug build.
test-swift: | setup
	swift test -c debug $(IMPORT_CHECK)

# More at once than there are cores: many of them sleep. No test may depend on how long something takes.
test-python: export FLORPY := $(CURDIR)/$(FLORPY)
test-python: export OMP_NUM_THREADS := 1
test-python: build
	$(VENV)/bin/python -m pytest -n 4 --dist loadgroup --durations 10 python/tests

lint: lint-swift lint-python

lint-swift: | setup
	swift format lint --strict -r Sources Tests Package.swift

lint-python: | setup
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m ruff format --check .
	$(VENV)/bin/python -m mypy

# Random programs with random probes; `make fuzz N=2000 SEED=1`. Without a seed it draws one, and prints it.
N ?= 2000
SEED ?=

fuzz: build
	FLORPY="$(CURDIR)/$(FLORPY)" OMP_NUM_THREADS=1 PYTHONPATH=python \
	  $(VENV)/bin/python -m python.tests.fuzz --programs $(N) $(if $(SEED),--seed $(SEED))

# The crash matrix of docs/durability.md: N recordings killed at random instants, and one for each call on the store and each
# way it can fail, or for every STEPth; `make crash N=1000 STEP=10 SEED=1`.
crash: N = 1000
crash: STEP = 1
crash: build
	FLORPY="$(CURDIR)/$(FLORPY)" OMP_NUM_THREADS=1 PYTHONPATH=python \
	  $(VENV)/bin/python -m python.tests.crash --kills $(N) --step $(STEP) $(if $(SEED),--seed $(SEED))

# Every reader of a store on the run RUN, damaged at random, for SECONDS seconds.
fuzz-readers: SECONDS_ = $(if $(SECONDS),$(SECONDS),600)
fuzz-readers: build
	mkdir -p build && cd build && ../.build/release/FuzzReaders $(SECONDS_) $(if $(SEED),$(SEED),1) 0 "$(abspath $(RUN))"

demo: build
	scripts/demo $(VENV) $(FLORPY) build/demo

bench: build
	$(VENV)/bin/python benchmarks/run.py --florpy $(FLORPY) --results benchmarks/RESULTS.md

# What recording costs twelve trainings, side by side with plain runs; about an hour.
bench-record: build
	$(VENV)/bin/python benchmarks/recording.py --florpy $(FLORPY) --results benchmarks/RECORDING.md

# The same beside `torch.save`, PyTorch's asynchronous checkpoints and FlorDB, which it installs below build/.
bench-rivals: build
	$(VENV)/bin/python benchmarks/rivals.py --florpy $(FLORPY) --results benchmarks/RIVALS.md

# What replaying costs: outer and inner probes, one place, restoring, the estimates; and FlorDB's replays beside it, which it installs
# below build/. About forty minutes, most of it asleep.
bench-replay: build
	$(VENV)/bin/python benchmarks/replay.py --florpy $(FLORPY) --environments build/replay-rivals --results benchmarks/REPLAY.md

# What a checkpoint takes of the disk beside `torch.save`, and how fast the writer writes.
bench-bytes: build
	$(VENV)/bin/python benchmarks/bytes.py --florpy $(FLORPY) --results benchmarks/BYTES.md

# How long a checkpoint stops a training, part by part, beside one memcpy of what changed.
bench-stall: build
	$(VENV)/bin/python benchmarks/stall.py --florpy $(FLORPY) --results benchmarks/STALL.md

# What static data costs a checkpoint; the machine needs some 12 GB of memory.
bench-static: build
	$(VENV)/bin/python benchmarks/static.py --florpy $(FLORPY)

# What ten million calls of a tiny function cost when they are recorded.
bench-calls: build
	$(VENV)/bin/python benchmarks/calls.py --florpy $(FLORPY)

# What the rewriting itself costs: loops and calls that are only counted, iterations, the import of a large project.
bench-rewrite: build
	$(VENV)/bin/python benchmarks/rewrite_cost.py --florpy $(FLORPY)

# How fast 10,000 runs with 10,000,000 logged points answer. The disk needs 1.5 GB of room in $TMPDIR.
bench-catalogue: build
	$(VENV)/bin/python benchmarks/catalogue.py --florpy $(FLORPY) --results benchmarks/CATALOGUE.md

# A wheel in build/wheel, which installs where there is no Swift.
wheel: | setup
	$(VENV)/bin/python -m pip wheel --quiet --no-deps --wheel-dir build/wheel .

# `flor.log` beside other loggers, which it installs below build/.
bench-log: build
	$(VENV)/bin/python benchmarks/log.py --florpy $(FLORPY) --results benchmarks/LOG.md

clean:
	rm -rf .build build
