# Fenghuo's five doors: install, demo, test, soak, bench. A fresh machine needs git, make and Python 3.11 or later.

SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
UV := $(BIN)/uv
# Compiled once, not at every start where Python may write nothing down: the suite starts many.
export UV_COMPILE_BYTECODE := 1

.PHONY: install demo test soak bench lock clean

install: .venv/.installed  ## install into .venv/ of this checkout, nothing else

demo: install  ## start on SQLite with the sandbox at http://127.0.0.1:8080/
	@$(BIN)/fenghuo demo

test: .venv/.installed-dev  ## the whole suite
	@$(BIN)/python -m tests.parts
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -m "not soak" $(ARGS)

soak: .venv/.installed-dev  ## the long versions
	@$(BIN)/python -m tests.parts
	@$(BIN)/python -m pytest -m soak $(ARGS)

bench: .venv/.installed-dev  ## the benchmarks, one table
	@$(BIN)/python -m bench

lock: .venv/.uv  ## write the hashed requirements anew from pyproject.toml
	@$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	@$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:  ## take away what install made
	rm -rf .venv

.venv/.uv:
	@test -n "$(PYTHON)" || { echo "fenghuo: no Python 3.11 or later found; install one, or say: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "fenghuo: $(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check 'uv>=0.9,<1'
	@touch $@

.venv/.installed: requirements.txt pyproject.toml | .venv/.uv
	@$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements.txt
	@$(UV) pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@
