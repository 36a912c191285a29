# Every verb sets up what it needs. Nothing but make and Python 3.11 or newer is expected.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
LOANS ?= 20000
TAPE ?=
PORT ?= 8000
SHELL := /bin/bash

# Without kept bytecode each of the many processes of the tests would compile every library anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint types bench screens docs browser audit sbom

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Carrears needs Python 3.11 or newer; $(PYTHON) is older (set PYTHON=...)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

.venv/.synced: .venv/bin/uv pyproject.toml uv.lock
	$(BIN)/uv sync --frozen --quiet
	@touch $@

setup: .venv/.synced ## Set up Python, the front end and the translations
	@$(BIN)/python web/build.py

demo: setup ## Run a whole book through whole days, then serve the screens (LOANS=, TAPE=, PORT=)
	CARREARS_HOME="$${CARREARS_HOME:-$(CURDIR)/.demo}" $(BIN)/carrears demo \
	  --loans $(LOANS) --port $(PORT) $(if $(TAPE),--tape "$(TAPE)")

run: setup ## Serve the screens of your own book
	$(BIN)/carrears serve --port $(PORT)

browser:
	@command -v chromium >/dev/null || .ci/install-browser

# A server that speaks TLS, as the embedded one does not; its tests do with that one else.
.PHONY: outside
outside:
	@ls -d /usr/lib/postgresql/*/bin >/dev/null 2>&1 || .ci/install-postgresql

# A pooler of connections, for the tests of what two users share without seeing each other.
.PHONY: pooler
pooler:
	@command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || .ci/install-pgbouncer

# An IMAP server, for the tests of mail that comes in.
.PHONY: imap
imap:
	@[ -x /usr/sbin/dovecot ] || .ci/install-dovecot

# A PKCS#11 device in software, for the tests of keys kept by one.
.PHONY: hsm
hsm: .venv/.synced
	@command -v softhsm2-util >/dev/null || .ci/install-softhsm
	@$(BIN)/uv sync --frozen --quiet --inexact --extra hsm

# An EVM chain in a program, for the tests of anchors; speaking to one is an extra.
.PHONY: chain
chain: .venv/.synced
	@$(BIN)/uv sync --frozen --quiet --inexact --extra evm
	@$(BIN)/python tests/evidence/chain/install.py

# Spark is an extra: the demo does without its 400 MB, types and tests do not. No stamp stands for
# it, as any exact sync takes it away again; where it is there this takes no time.
.PHONY: spark
spark: .venv/.synced
	@$(BIN)/uv sync --frozen --quiet --inexact --extra spark

test: setup spark hsm chain outside pooler imap browser ## Run all tests
	$(BIN)/pytest -n 2 --dist worksteal

lint: .venv/.synced ## Check style and the rooms' contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: spark chain ## Check types, strictly
	$(BIN)/mypy

bench: setup ## Measure, and write docs/benchmarks.md
	$(BIN)/uv sync --frozen --quiet --inexact --group bench
	$(BIN)/python -m bench

screens: setup browser ## Take the screenshots of the documentation
	$(BIN)/python -m docs.screens

docs: .venv/.synced ## Build the documentation site into site/
	$(BIN)/uv sync --frozen --quiet --inexact --group docs
	$(BIN)/mkdocs build --strict --quiet

audit: .venv/.synced ## Ask for known weaknesses of the locked dependencies
	@out=$$($(BIN)/uv audit --frozen --preview-features audit 2>&1); code=$$?; echo "$$out"; \
	if echo "$$out" | grep -qE "dns error|error sending request|tcp connect"; then \
	  echo "audit: nobody could be asked; nothing is known"; else exit $$code; fi

sbom: .venv/.synced ## Write what is built in as CycloneDX to carrears.cdx.json
	$(BIN)/uv export --frozen --quiet --no-dev --no-emit-project --format cyclonedx1.5 \
	  --preview-features sbom-export --output-file carrears.cdx.json
