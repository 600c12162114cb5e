# Live Room. On a fresh machine two commands are enough: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
# pytest-xdist: a file's tests stay in one process. Three for two cores, since much of the time is waiting; JOBS=0 runs everything in this one.
JOBS ?= 3
TESTS ?= tests
# A whole browser that draws without a graphics card takes both cores: its tests run after the others, two at once.
BROWSER_TESTS = tests/mirror/pages tests/mirror/webkit
# `make demo SCENARIO=storm LAYOUT=siaga LANGUAGE=en SPEED=20 SEED=7 CITY=DIR`: only what stands on make's own command line is passed
# on, since LANGUAGE is also a variable of the desktop.
DEMO = scenario:SCENARIO layout:LAYOUT lang:LANGUAGE speed:SPEED seed:SEED city:CITY palette:PALETTE wall:WALL seconds:SECONDS
given = $(if $(filter command,$(firstword $(origin $(2)))),--$(1) '$($(2))')
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1
# Set in some containers: every program, and there are hundreds in the tests, would compile the whole house anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format texts bench drills pictures

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 18

setup: ## system libraries, .venv, web pages, catalogues; again: under 5 s
	@command -v $(PYTHON) >/dev/null || { echo "setup: no $(PYTHON) here; on Debian: apt-get install -y python3, or name one: make setup PYTHON=..."; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "setup: Python 3.11 or newer is needed, %s is %s; name another: make setup PYTHON=python3.11" % (sys.executable, sys.version.split()[0]))'
	@$(PYTHON) tools/prepare.py

demo: setup ## the wall, alive, on a simulated city; SCENARIO=storm LAYOUT=siaga LANGUAGE=en SPEED=20
	@$(BIN)/controlroom demo $(foreach pair,$(DEMO),$(call given,$(firstword $(subst :, ,$(pair))),$(lastword $(subst :, ,$(pair)))))

test: setup ## every test
	@$(BIN)/python -m pytest $(if $(filter-out 0,$(JOBS)),-n $(JOBS) --dist loadfile) $(if $(filter tests,$(TESTS)),$(addprefix --ignore=,$(BROWSER_TESTS))) $(TESTS)
	@$(if $(filter tests,$(TESTS)),$(BIN)/python -m pytest $(if $(filter-out 0,$(JOBS)),-n 2 --dist loadfile) $(BROWSER_TESTS))

check: setup ## style, types, arrows, texts (also part of `make test`)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python tools/texts.py check

format: setup ## lay the code out
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

texts: setup ## gather the texts of the code into the catalogues
	@$(BIN)/python tools/texts.py update

bench: setup ## the quick profile of every bench
	@$(BIN)/controlroom bench all

drills: setup ## the quick profile of every drill
	@$(BIN)/controlroom drill all

pictures: setup ## every page of console and mirror, both looks and languages, into build/pictures (FOLDER=DIR)
	@$(BIN)/python tools/console_pictures.py $(or $(FOLDER),build/pictures)
	@$(BIN)/python tools/mirror_pictures.py $(or $(FOLDER),build/pictures)
