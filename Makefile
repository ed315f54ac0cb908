# make run: start the service. make test: run the tests. make help: the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-compile

# The install compiles nothing, and the tests start Python hundreds of times: what one of them compiles is kept.
unexport PYTHONDONTWRITEBYTECODE

# The tests run one version of torch. It goes in first, so that nothing else chooses one.
TORCH := torch==2.13.0
# openai-whisper asks for triton, 1 GB that only a GPU uses. So it goes in last
# and alone, and what else it needs by name.
WHISPER := openai-whisper==20250625
WHISPER_NEEDS := more-itertools numba tiktoken tqdm

# Processes that share the tests: as many as the smallest machine has cores. A third gained nothing there.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest

.PHONY: help install run test test-long lint bench openapi soak real clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed-all ## Create .venv with everything that lint and tests need (torch included)

run: $(VENV)/.installed ## Start both services in the foreground; installs the light set first (no torch)
	@exec $(BIN)/voice-stack up

test: install ## Run the tests; of the long sweeps a sample
	$(PYTEST) -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m 'not long'

test-long: install ## Run the long sweeps at full size: fuzzed uploads, kills, the whole corpus, a soak
	$(PYTEST) -m long

lint: install ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: install ## Measure overhead, memory, time to the first word and the first sound
	$(BIN)/python -m benchmarks

openapi: install ## Check both services against their documentation: Schemathesis, every phase and check
	$(PYTEST) -m 'long or not long' -rP tests/openapi

soak: install ## Load both services for half an hour with clients that vanish, and see that nothing is left
	$(BIN)/python -m benchmarks.soak --minutes 30

real: | $(BIN)/python ## Fetch real models for tests and benchmarks: all, 460 MB, or MODELS="whisper-base kokoro"
	$(BIN)/python -m tests.real_models $(MODELS)

clean: ## Remove .venv and everything that tools left behind (models/ stays)
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "No venv module. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

# A stamp is newer than pyproject.toml when what that names is installed.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing the light set into $(VENV): about 950 MB, once."
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-all: pyproject.toml Makefile | $(BIN)/python
	$(PIP) --quiet $(TORCH)
	$(PIP) --quiet $(TORCH) $(WHISPER_NEEDS) --editable '.[dev,coqui,pocket,piper,sherpa,onnx,watermark,c2pa,evaluation,quality]'
	$(PIP) --quiet --no-deps $(WHISPER)
	@touch $(VENV)/.installed $@
