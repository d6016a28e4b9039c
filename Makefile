# Every target works on a fresh clone. `make run` is all that a newcomer needs.
VENV := .venv
PYTHON ?= python3
RUN := $(VENV)/bin/python
.DEFAULT_GOAL := run
.PHONY: setup run test test-fast check format lock protocol rights messages load screenshots

# $(call install,FILES): into the virtual environment, with uv where there is one.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Chatsite needs Python 3.11 or newer; this is $$($(PYTHON) --version). Name another with: make PYTHON=python3.12"; exit 1; }
	@if command -v uv >/dev/null; then \
		test -x $(RUN) || uv venv --quiet --python $(PYTHON) $(VENV); \
		uv pip install --quiet --python $(RUN) --no-deps --require-hashes $(1); \
	else \
		$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
			|| { echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }; \
		test -x $(VENV)/bin/pip || $(PYTHON) -m venv $(VENV); \
		$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes $(1); \
	fi
endef

# What a site needs.
$(VENV)/.runtime: requirements.txt
	@echo "Installing what the site needs into $(VENV), once."
	$(call install,-r requirements.txt)
	@touch $@

# What the tests, the checks and everything else here need.
setup: $(VENV)/.installed

$(VENV)/.installed: requirements.txt requirements-dev.txt
	@echo "Installing what the site and its tests need into $(VENV), once."
	$(call install,-r requirements.txt -r requirements-dev.txt)
	@touch $(VENV)/.runtime $@

run: $(VENV)/.runtime
	@echo "Starting Chatsite."
	@$(RUN) manage.py serve

# Without Node.js, the tests that need it are skipped.
test: setup
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory node_modules/.installed; fi
	$(RUN) manage.py test

# For the inner loop: whatever starts no other program, and doesn't go through everything.
test-fast: setup
	$(RUN) manage.py test tests/unit tests/integration -m "not server and not thorough"

check: setup node_modules/.installed
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/djlint templates --check --lint --quiet
	npx --no-install tsc --project .
	npx --no-install biome check static/js static/css tests/js tests/needs
	node tests/needs/check.js
	CSRF_TRUSTED_ORIGINS=https://chat.example.com ALLOWED_HOSTS=chat.example.com \
		$(RUN) manage.py check --deploy --fail-level WARNING
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) manage.py export_protocol --check
	$(RUN) manage.py export_rights --check
	$(RUN) manage.py messages --check

node_modules/.installed: package.json package-lock.json
	@command -v npm >/dev/null || { echo "The JavaScript checks need Node.js 20 or newer with npm. On Debian: sudo apt-get install nodejs npm"; exit 1; }
	npm install --no-save --ignore-scripts --silent --no-fund --no-audit
	@touch $@

format: setup node_modules/.installed
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/djlint templates --reformat --quiet
	npx --no-install biome check --write static/js static/css tests/js tests/needs

# How fast the site is, and its peers on the same machine. Takes half an hour.
load: setup .venv-load/.installed tests/load/peers/node_modules/.installed
	$(RUN) -m tests.load --json data/load.json
	$(RUN) -m tests.load.workers --json data/load-workers.json

.venv-load/.installed: tests/load/requirements.txt
	@test -x .venv-load/bin/python || $(PYTHON) -m venv .venv-load
	@echo '*' > .venv-load/.gitignore
	.venv-load/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Without Node.js, its rows stay empty.
tests/load/peers/node_modules/.installed: tests/load/peers/package.json tests/load/peers/package-lock.json
	@if command -v npm >/dev/null; then \
		npm install --prefix $(dir $<) --no-save --ignore-scripts --silent --no-fund --no-audit && touch $@; \
	fi

# Of a demo site, for the README. Look at them before they are committed.
screenshots: setup
	$(RUN) -m tests.screenshots

# After changing rooms/protocol/.
protocol: setup
	$(RUN) manage.py export_protocol

# After changing rooms/policy/table.py.
rights: setup
	$(RUN) manage.py export_rights

# After changing what people read: collects it for the translations in rooms/locale, and compiles them.
messages: setup
	$(RUN) manage.py messages

# After changing pyproject.toml.
lock: setup
	$(VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements.txt
	$(VENV)/bin/uv pip compile pyproject.toml --extra s3 --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements-s3.txt
	$(VENV)/bin/uv pip compile pyproject.toml --extra s3 --group dev --universal --python-version 3.11 --generate-hashes --no-header --quiet -o requirements-dev.txt
	$(VENV)/bin/uv pip compile --group load --universal --python-version 3.11 --generate-hashes --no-header --quiet -o tests/load/requirements.txt
