# From a bare machine to a running product. `make` alone lists what there is.
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PORT ?= 8000
ARGS ?=
KILLS ?= 10000
GUESSES ?= 100000
BIN := $(CURDIR)/.venv/bin
PY := $(BIN)/python
MANAGE := $(PY) manage.py
# Queries, locks, time zones, processes, the whole way; the rest of the tests never meets a database's own ways.
PG_TESTS ?= pipeline territories customers monitoring campaigns/tests/test_public_answers.py \
	$(addprefix businesses/tests/test_,intake.py merging.py undo.py twins.py rescrape.py scraping.py leads.py review.py leads_pages.py) \
	$(addprefix sites/tests/test_,claude_generation.py lifetime.py merged_businesses.py staff_pages.py) \
	--ignore=pipeline/tests/test_http.py
PYTEST := $(PY) -m pytest -q -n auto
PROOF := $(PY) -m pytest -q -n0 -m proof -o log_cli=true --log-cli-level=INFO
STATIC := $(shell find . -path './.venv' -prune -o -path './staticfiles' -prune -o -path '*/static/*' -type f -print)
# A machine of the real kind, for the checks of a deployment; nothing of it is ever connected to.
DEPLOYED := env ENV_FILE= DEBUG=False HTTPS=1 BEHIND_PROXY=1 ALLOWED_HOSTS=agency.example \
	SECRET_KEY=for-the-checks-only-0123456789-abcdefghijklmnopqrstuvwxyz SUPPRESSION_PEPPER=for-the-checks-only \
	DATABASE_URL=postgres://webmagic:secret@127.0.0.1/webmagic REDIS_URL=redis://127.0.0.1:6379/0 \
	"MAIL_URL=smtp://user:secret@mail.agency.example:587?tls=starttls" MAIL_FROM=hello@agency.example \
	AGENCY_NAME=Agency "AGENCY_ADDRESS=2 Real Street, Realville" METRICS_TOKEN=for-the-checks-only \
	SITES_BASE_URL=https://sites.agency.example STAFF_BASE_URL=https://agency.example VAR_DIR=var/lint
# A fresh installation under var/smoke that no .env reaches.
SMOKE := env ENV_FILE= DEBUG=False SECRET_KEY=for-the-smoke-test-only VAR_DIR=var/smoke

# What scripts/install_judges.sh puts there.
TOOLS := var/judges
JUDGES := env VNU_JAR=$(TOOLS)/vnu-jar/build/dist/vnu.jar AXE_JS=$(TOOLS)/axe-core/axe.min.js \
	LYCHEE=$(TOOLS)/lychee/bin/lychee SCHEMA_TYPES=$(TOOLS)/schema-dts/package.json \
	TYPESCRIPT=$(TOOLS)/typescript/lib/tsc.js LIGHTHOUSE=$(TOOLS)/lighthouse/node_modules/lighthouse/cli/index.js

BENCH := env ENV_FILE= DEBUG=False SECRET_KEY=for-the-bench-only VAR_DIR=var/bench

ifneq ($(PORT),8000)
export SITES_BASE_URL ?= http://127.0.0.1:$(PORT)
endif

.PHONY: help setup setup-dev migrate run once test test-sqlite test-pg lint format proofs bench lock smoke looks browser pictures judges judge-mail ci clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: .venv/.stamp .env migrate staticfiles/.stamp ## install, settings, database, sample town, login
	@$(MANAGE) first_run

setup-dev: .venv/.stamp-dev ## install what the tests and checks need too

run: .venv/.stamp ## set up, run the first cycle, then serve on 127.0.0.1:$(PORT) until Ctrl-C
	@$(PY) scripts/check_port.py $(PORT)
	@$(MAKE) once
	@sh scripts/serve.sh $(PORT)

once: setup ## set up, run one cycle, end
	@$(MANAGE) conductor --mode once

test: test-sqlite test-pg ## all tests, on SQLite and on PostgreSQL with Valkey

test-sqlite: .venv/.stamp-dev ## all tests on SQLite
	@$(PYTEST) $(ARGS)

test-pg: .venv/.stamp-dev ## what a database can change, on a PostgreSQL and a Valkey of their own
	@$(PY) scripts/with_services.py --redis $(PYTEST) $(PG_TESTS) $(ARGS)

lint: .venv/.stamp-dev ## style, types, imports, migrations, deployment, docs, lock files
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/ruff format --check --quiet --output-format concise . || { echo "Not formatted. Run make format."; exit 1; }
	@WEBMAGIC_TEST_DIR=var/lint $(BIN)/mypy --no-error-summary .
	@mkdir -p var
	@$(BIN)/lint-imports --no-cache --no-logo > var/lint-imports.log || { cat var/lint-imports.log; exit 1; }
	@$(SMOKE) $(MANAGE) makemigrations --check --dry-run -v0 || { echo "A migration is missing. Run manage.py makemigrations."; exit 1; }
	@$(DEPLOYED) $(MANAGE) check --deploy --fail-level WARNING > /dev/null
	@$(SMOKE) $(MANAGE) statemachine --check
	@$(PY) scripts/lock.py --check

format: .venv/.stamp-dev ## put the code into its style
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

proofs: .venv/.stamp-dev ## the proofs at full length (KILLS=10000 GUESSES=100000), on both databases, with their figures
	@KILLS=$(KILLS) GUESSES=$(GUESSES) $(PROOF) $(ARGS)
	@KILLS=$(KILLS) GUESSES=$(GUESSES) $(PY) scripts/with_services.py --redis $(PROOF) $(ARGS)

bench: .venv/.stamp-dev ## measure on a PostgreSQL and a Valkey of its own, print the table, write bench.json (ARGS=names)
	@rm -rf var/bench
	@$(PY) scripts/with_services.py --redis sh -c 'export DATABASE_URL="$$TEST_DATABASE_URL" REDIS_URL="$$TEST_REDIS_URL"; \
		$(BENCH) $(MANAGE) migrate -v0 && $(BENCH) $(MANAGE) collectstatic -v0 --noinput && $(BENCH) $(MANAGE) bench --json bench.json $(ARGS)'

lock: .venv/.stamp-dev ## resolve requirements*.in into the lock files (ARGS=--upgrade for the newest)
	@PATH="$(BIN):$$PATH" $(PY) scripts/lock.py $(ARGS)

smoke: .venv/.stamp ## a fresh installation runs one whole cycle
	@rm -rf var/smoke
	@$(SMOKE) $(MANAGE) migrate -v0
	@$(SMOKE) $(MANAGE) first_run
	@$(SMOKE) $(MANAGE) conductor --mode once
	@$(SMOKE) $(MANAGE) conductor --status --json > var/smoke/status.json
	@$(SMOKE) $(MANAGE) doctor

looks: .venv/.stamp-dev ## every layout once before the Nu checker, lychee, axe and a browser, where these are installed
	@sh scripts/install_judges.sh
	@$(JUDGES) $(PY) scripts/judge_themes.py pages --few

browser: .venv/.stamp-dev ## every staff and public page in Chromium, at three widths and in both themes, and by keyboard
	@sh scripts/install_judges.sh
	@$(PY) -m pytest monitoring/tests/browser -q -n0 -m browser -rs $(ARGS)

pictures: .venv/.stamp-dev ## the pictures of the README, made anew from the sample town into docs/pictures
	@$(PY) scripts/make_pictures.py

judges: .venv/.stamp-dev ## made-up sites in every layout, and real ones, before every judge, each tested with a fault first (an hour)
	@sh scripts/install_judges.sh all
	@$(JUDGES) $(PY) scripts/judge_themes.py self-check pages real --all

judge-mail: .venv/.stamp-dev ## real bounces, answers and absences through Debian's Postfix and Dovecot, as root
	@test -x /usr/sbin/postfix && test -x /usr/sbin/dovecot || \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends postfix dovecot-imapd > /dev/null
	@$(PY) -m pytest campaigns/tests/test_real_mail_servers.py -q -n0 -m judge -rs -o log_cli=true --log-cli-level=INFO

ci: lint test smoke looks ## everything that must be green before a change is in

clean: ## remove what can be made again; never .env, never var/
	@rm -rf .venv staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis bench.json
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

migrate: .venv/.stamp .env
	@$(MANAGE) migrate -v0

.env: | .venv/.stamp
	@$(PY) scripts/write_env.py

staticfiles/.stamp: .venv/.stamp .env $(STATIC)
	@$(MANAGE) collectstatic --noinput -v0
	@touch $@

.venv/.stamp: requirements.txt
	@sh scripts/install.sh requirements.txt
	@touch $@

.venv/.stamp-dev: .venv/.stamp requirements-dev.txt
	@sh scripts/install.sh requirements-dev.txt
	@touch $@
