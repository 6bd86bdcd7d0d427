# `make run` serves the site here, `make test` proves it. Both need Python 3.11 or newer, and nothing else of ours.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run lan test lint types prepared hostile soak bench screenshots browser debian

# The newest that has what we need; PYTHON=… names another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# Compiled code is kept, whatever the environment says: tests start hundreds of servers.
export PYTHONDONTWRITEBYTECODE :=
BIN := .venv/bin
# Python compiles what is imported; pip would compile all there is, on one core, which takes a third of its time.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
# Settings for tools that load the site without serving it. A developer's own .env must not decide what they find.
TOOL_ENV := ENV_FILE=/dev/null SITE_URL=http://localhost:8000 SECRET_KEY=only-for-tools-$(shell printf '%050d' 0)

help:
	@echo "make run       the site on http://127.0.0.1:8000, with a demo in it (PORT=8010 for another port)"
	@echo "make lan       the site for tablets on this computer's own network, over HTTPS (HOST=192.168.1.5, PORT=8443)"
	@echo "make test      lint, types, all tests on SQLite and PostgreSQL, and in a browser"
	@echo "make hostile   the hostile cases in full size"
	@echo "make soak      four tablets for some minutes while networks, browsers and the server fail (SOAK_SEED=…)"
	@echo "make bench     measure speed and write docs/benchmarks.md (BENCH=quick: scans; BENCH=badges; BENCH=tablet)"

run: $(BIN)/.installed .env
	@$(BIN)/python manage.py start || test $$? = 130  # Ctrl-C is no failure

lan: $(BIN)/.installed .env
	@HOST="$(HOST)" $(BIN)/python manage.py lan || test $$? = 130

# Four at once on two cores: half of the time a test in a browser waits (for a pause of a page, a poll, a lost network).
test:
	@$(MAKE) --no-print-directory -j 3 lint prepared browser
	@$(BIN)/python -m pytest -n 4 --dist worksteal -m "not hostile" --both

hostile: $(BIN)/.installed-dev
	@$(BIN)/python -m pytest -m hostile --both

soak: browser
	@SOAK_PEOPLE=$${SOAK_PEOPLE:-2000} SOAK_SECONDS=$${SOAK_SECONDS:-240} $(BIN)/python -m pytest -s --both tests/soak

lint: $(BIN)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates
	@$(MAKE) --no-print-directory types

prepared: $(BIN)/.installed-dev
	@$(BIN)/python -m tests.prepare

types: $(BIN)/.installed-dev
	$(TOOL_ENV) $(BIN)/mypy

bench: browser
	@$(BIN)/python -m tests.bench

screenshots: browser
	@$(BIN)/python -m tests.browser.screenshots

browser: $(BIN)/.installed-dev debian
	@$(BIN)/python -m tests.browser.chromium

# Beside pip, each on a core of its own.
debian: | $(BIN)/python
	@$(BIN)/python -m tests.browser.chromium debian

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Lanyard needs Python 3.11 or newer, and found none. Install one, or name it: make run PYTHON=/path/to/python3"; exit 1; }
	@echo "Making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python could not make it; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

# Stamps, so that a second start installs nothing.
$(BIN)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing what the site needs"
	@$(PIP) -r requirements.txt && touch $@

$(BIN)/.installed-dev: requirements.txt requirements-dev.txt | $(BIN)/python
	@echo "Installing what tests and tools need"
	@$(PIP) -r requirements-dev.txt && touch $@ $(BIN)/.installed

.env:
	@umask 077 && $(BIN)/python -c 'import secrets; print("SECRET_KEY=" + secrets.token_urlsafe(50))' > .env.new
	@echo "SITE_URL=http://127.0.0.1:$${PORT:-8000}" >> .env.new && mv .env.new .env
