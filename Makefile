# Every command sets up what it needs. `make help` lists them.
UV_VERSION := 0.13.9
UV := .tools/uv
APP := .venv/bin/python -X utf8
ENGINE := PYTHONPATH=. PYTHONWARNINGS=ignore nlu/.venv/bin/python -X utf8

# Another configuration of the engine: `make run CONFIG=config.transformer.yml`.
ifdef CONFIG
export KARWAN_CONFIG := $(CONFIG)
endif

.DEFAULT_GOAL := help
.PHONY: help setup run test unit lint train nlu-eval nlu-report bench faq-report faq-bench faults pictures clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

run: setup  ## start everything; Ctrl-C stops it
	@exec $(APP) -m bot run

test: setup lint node_modules/.dev .venv/.translation  ## every check and every test (needs Chromium)
	@$(ENGINE) -m pytest -c nlu/pytest.ini
	@$(APP) -m pytest -n 2 --dist loadfile

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

nlu-report: train  ## cross-validation beside stock Rasa and a plain baseline, with pictures (an hour)
	@$(ENGINE) -m nlu.report

bench: setup  ## speed and memory beside stock Rasa, in one run
	@$(APP) -m bench

faq-report: setup  ## how often the FAQ search is right, beside BM25 and embeddings alone
	@$(APP) -m bench.faq

faq-bench: setup  ## how fast it is with 10,000 entries in one shop and a million in all (two minutes)
	@$(APP) -m bench.faq_speed

faults: setup  ## lose nothing, double nothing: a load while everything is killed in turn
	@$(APP) -m bench.faults

pictures: setup  ## the guides' pictures of the console, made anew (needs Chromium)
	@$(APP) -m scripts.pictures

clean:  ## remove environments and everything that was made (data in var/postgres too)
	rm -rf .venv nlu/.venv .tools var reports node_modules

# --- set-up ---------------------------------------------------------------------------------------------

setup: .venv/.done nlu/.venv/.done node_modules/.served var/.trained

$(UV):
	@python3 scripts/fetch_uv.py $(UV_VERSION) $(UV)

.venv/.done: $(UV) uv.lock pyproject.toml
	@$(UV) sync --quiet --frozen --python "$$(scripts/find_python 3.13)"
	@touch $@

.venv/.translation: .venv/.done
	@$(UV) sync --quiet --frozen --group translation
	@touch $@

nlu/.venv/.done: $(UV) nlu/uv.lock nlu/pyproject.toml nlu/languages/ug/pyproject.toml
	@$(UV) sync --quiet --frozen --project nlu --python "$$(scripts/find_python 3.10)"
	@touch $@

node_modules/.served: package-lock.json scripts/fetch_npm.py
	@python3 scripts/fetch_npm.py package-lock.json node_modules
	@touch $@

node_modules/.dev: node_modules/.served
	@python3 scripts/fetch_npm.py package-lock.json node_modules --dev
	@touch $@

# Always looked at, seldom done: the model's name is the hash of what it is made from.
.PHONY: var/.trained
var/.trained: nlu/.venv/.done
	@$(ENGINE) -m nlu.engine.train >/dev/null
