# Everything runs through .venv, which deploy/bootstrap.sh makes from uv.lock. `make help` lists the targets.
PYTHON_IN_VENV := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help venv demo demo-reset manage test lint format types messages bench bench-planner memory screenshots dev-up dev-down

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

venv:
	@sh deploy/bootstrap.sh

demo: venv ## the whole site with its demo data, on http://127.0.0.1:$PORT (8000)
	@$(PYTHON_IN_VENV) -u -m deploy.demo

demo-reset: venv ## forget the demo's data of this PORT; the next `make demo` starts over
	@$(PYTHON_IN_VENV) -u -m deploy.demo --reset

manage: venv ## a command on the demo of this PORT: make manage C=check_books
	@$(PYTHON_IN_VENV) -m deploy.manage $(C)

test: venv ## everything that must pass: lint, types, layers, migrations, all tests
	@$(PYTHON_IN_VENV) -u -m deploy.test

lint: venv ## ruff, formatting, layers
	@$(PYTHON_IN_VENV) -u -m deploy.test --only lint

format: venv ## put the code in its form
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

types: venv ## mypy
	@$(PYTHON_IN_VENV) -u -m deploy.test --only types

messages: venv ## compile translations and report missing ones
	@$(PYTHON_IN_VENV) -m deploy.compile_messages
	@$(PYTHON_IN_VENV) -m deploy.check_messages

bench: venv ## times and memory, printed, never asserted
	@$(PYTHON_IN_VENV) -m deploy.compile_messages
	@$(PYTHON_IN_VENV) -m pytest tests/benchmarks -s -p no:xdist

bench-planner: venv ## the planner's alone: about ten minutes on an idle machine
	@$(PYTHON_IN_VENV) -m pytest tests/benchmarks/test_planner_bench.py -s -q -p no:xdist

memory: venv ## memory of each process of the running demo of this PORT
	@$(PYTHON_IN_VENV) -m deploy.memory

screenshots: venv ## pictures of the main screens into .data/screenshots
	@$(PYTHON_IN_VENV) -m deploy.compile_messages
	@$(PYTHON_IN_VENV) -m pytest tests/functional -m screenshots -s -p no:xdist

dev-up: venv ## PostgreSQL and Redis for developing; prints what to export
	@$(PYTHON_IN_VENV) -m deploy.dev up

dev-down: venv ## end them
	@$(PYTHON_IN_VENV) -m deploy.dev down
