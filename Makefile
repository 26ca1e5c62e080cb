# Every command sets up what it needs. `make help` lists them.
UV_VERSION := 0.13.9
UV := .tools/uv
APP := .venv/bin/python -X utf8
ENGINE := PYTHONPATH=. PYTHONWARNINGS=ignore nlu/.venv/bin/python -X utf8

.DEFAULT_GOAL := help
.PHONY: help setup run test unit lint train nlu-eval bench clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

run: setup  ## start everything; Ctrl-C stops it
	@exec $(APP) -m bot run

test: setup lint node_modules/.done  ## every check and every test (needs Chromium and npm)
	@$(ENGINE) -m pytest -c nlu/pytest.ini
	@$(APP) -m pytest

unit: setup  ## the fast tests alone: no engine, no browser
	@$(APP) -m pytest tests/text tests/shop tests/knowledge

lint: setup  ## format, lint, types, import rules
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy
	@PYTHONPATH=. .venv/bin/lint-imports --no-logo

train: setup  ## train the model if none fits the data
	@$(ENGINE) -m nlu.engine.train

nlu-eval: train  ## measure understanding: make nlu-eval DATA=FILE.jsonl
	@$(ENGINE) -m nlu.evaluate "$(DATA)"

bench: setup  ## speed and memory beside stock Rasa, in one run
	@$(APP) -m bench

clean:  ## remove environments and everything that was made (data in var/postgres too)
	rm -rf .venv nlu/.venv .tools var reports node_modules

# --- set-up ---------------------------------------------------------------------------------------------

setup: .venv/.done nlu/.venv/.done var/.trained

$(UV):
	@python3 scripts/fetch_uv.py $(UV_VERSION) $(UV)

.venv/.done: $(UV) uv.lock pyproject.toml
	@$(UV) sync --quiet --frozen --python "$$(scripts/find_python 3.13)"
	@touch $@

nlu/.venv/.done: $(UV) nlu/uv.lock nlu/pyproject.toml
	@$(UV) sync --quiet --frozen --project nlu --python "$$(scripts/find_python 3.10)"
	@touch $@

node_modules/.done: package-lock.json
	@npm ci --silent
	@touch $@

# Always looked at, seldom done: the model's name is the hash of what it is made from.
.PHONY: var/.trained
var/.trained: nlu/.venv/.done
	@$(ENGINE) -m nlu.engine.train >/dev/null
