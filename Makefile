# Everything that is done with this project. `make` alone lists it.
#
# Only make, bash, a Python 3 (any from 3.8 on) and the package index are assumed; `setup` makes the rest, and every other
# target sees to it first.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python on this machine that runs; some names on a PATH do not.
SYSTEM_PYTHON := $(shell for python in python3 python3.13 /usr/bin/python3 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1 && { echo "$$python"; break; }; done)
BIN := .venv/bin
PYTHON := $(BIN)/python
CHECKS := .local/environments/checks/bin
SAM := SAM_CLI_TELEMETRY=0 PATH="$(CURDIR)/$(BIN):$$PATH" .local/environments/sam/bin/sam

STAGE ?= dev
ARCHITECTURE ?= arm64
# What the layers' packages are for: the processor, or `host` where the functions run on this machine (`make account`).
LAYER_TARGET ?= $(ARCHITECTURE)
# What this deployment is called: when, and of which commit. Another one each time, also of the same commit: Lambda publishes
# no version that is like the one before.
RELEASE := $(shell date -u +%Y%m%dT%H%M%SZ)$(addprefix -,$(shell git rev-parse --short HEAD 2>/dev/null))
# What a stage is deployed with besides the template's defaults; PARAMETERS="Name=value …" adds to it. CloudFormation keeps
# what an earlier deployment said about the others. ACCOUNT_PARAMETERS come from the environment, for an emulated account.
PARAMETERS_dev := Stage=dev Rollout=at-once LogRetentionDays=30
PARAMETERS_prod := Stage=prod Rollout=gradual LogRetentionDays=365
# What of the tests is run, in pytest's words, and what chooses the sample that exhaustive tests walk.
TESTS :=
SEED :=

##@ Try it

.PHONY: demo
demo: setup ## Start everything, send all invoices, show what became of each, leave nothing running
	@$(PYTHON) -m local.stack demo

.PHONY: up
up: setup ## Start the local stack and leave it running; .local/stack.json tells where everything is
	@$(PYTHON) -m local.stack up

NUMBER :=
.PHONY: send
send: setup ## Press Send on an invoice in the simulated Tribe, and show what becomes of it (NUMBER=2026-0101)
	@$(if $(NUMBER),,echo "Say which: make send NUMBER=2026-0101; simulators/SEED.md lists them." >&2; exit 1;) \
		$(PYTHON) -m local.stack send "$(NUMBER)"

.PHONY: account
account: setup ## Start an empty AWS account on this machine to deploy to, with a Tribe and a Yuki (docs/deploying.md)
	@$(PYTHON) -m local.stack account

.PHONY: status
status: setup ## Tell what of the local stack runs, and where
	@$(PYTHON) -m local.stack status

.PHONY: dashboard
dashboard: setup ## Draw the template's dashboard from the metrics of the local stack, as a page
	@$(PYTHON) -m local.dashboard

.PHONY: down
down: setup ## End what `up` or `account` started
	@$(PYTHON) -m local.stack down

##@ Work on it

.PHONY: setup
setup: ## Make the environments; nothing to do once they are there
	@$(if $(SYSTEM_PYTHON),,echo "A Python 3.8 or later is needed to begin with: install python3, then run make again." >&2; exit 1;) \
		$(SYSTEM_PYTHON) local/set_up.py
	@$(PYTHON) -m local.compile_messages

.PHONY: test
test: setup ## Run all tests, or a part (TESTS=tests/unit/test_vat.py, TESTS="tests/faults -k lease")
	@$(PYTHON) -m local.run_tests $(if $(SEED),--seed=$(SEED)) $(TESTS)

.PHONY: test-exhaustive
test-exhaustive: setup ## Run all tests with every case of those of which `test` walks a sample (SEED=… repeats one)
	@$(PYTHON) -m local.run_tests --exhaustive $(TESTS)

.PHONY: rehearse
rehearse: setup ## Follow docs/runbook.md and docs/deploying.md on a running stack, word by word (takes a quarter of an hour)
	@$(BIN)/pytest -m rehearsal tests/stack

.PHONY: check
check: setup ## Check style, types, imports, dead code, the template, security, the locks and the generated pages
	@$(SYSTEM_PYTHON) local/set_up.py checks
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/vulture
	@$(SAM) validate --lint --template template.yaml
	@$(BIN)/cfn-lint template.yaml
	@$(CHECKS)/checkov --config-file .checkov.yaml
	@$(CHECKS)/bandit --quiet --recursive --severity-level medium layers/common/tribe_yuki functions cli simulators local benchmarks
	@$(PYTHON) -m local.lock --check
	@$(PYTHON) -m local.documents --check
	@$(PYTHON) -m local.messages

.PHONY: format
format: setup ## Format the code and write the generated pages
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format
	@$(PYTHON) -m local.documents

.PHONY: bench
bench: setup ## Measure street lines, cold start, import, invoices beside a plain client, and what a month costs (takes a quarter of an hour)
	@$(PYTHON) -m benchmarks

.PHONY: lock
lock: setup ## Take newer versions of all dependencies, within what pyproject.toml and requirements/*.in allow
	@$(PYTHON) -m local.lock

##@ Run it

.PHONY: build
build: setup ## Build functions and layers for the cloud (ARCHITECTURE=arm64 or x86_64)
	@LAYER_TARGET=$(LAYER_TARGET) LAYER_PYTHON="$(CURDIR)/$(PYTHON)" $(SAM) build --cached --parallel \
		--build-dir .aws-sam/build --cache-dir .aws-sam/cache-$(LAYER_TARGET) \
		--parameter-overrides Architecture=$(ARCHITECTURE)
	@sed 's/: unreleased$$/: $(RELEASE)/' .aws-sam/build/template.yaml > .aws-sam/build/released.yaml

.PHONY: deploy
deploy: build ## Deploy to AWS with your credentials (STAGE=dev or prod)
	@case "$(STAGE)" in dev|prod) ;; *) echo "STAGE is dev or prod; the local stack starts with make up." >&2; exit 1 ;; esac
	@$(SAM) deploy --config-file "$(CURDIR)/samconfig.toml" --config-env $(STAGE) --template-file .aws-sam/build/released.yaml \
		--parameter-overrides Architecture=$(ARCHITECTURE) $(PARAMETERS_$(STAGE)) $(ACCOUNT_PARAMETERS) $(PARAMETERS)

.PHONY: clean
clean: ## End the local stack and delete all that was made, the environments included
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m local.stack down || true; fi
	@rm -rf .local .venv .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
