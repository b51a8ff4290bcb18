# Needs python3 (3.11 or newer), git and make; everything else comes into .venv. See README.md.
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
UV := $(BIN)/uv
VENDOR := src/zoturi/static/vendor/socket.io.esm.min.js
BUILT_FROM := pyproject.toml hatch_build.py package.json package-lock.json $(VENDOR)

.PHONY: run test test-stock lint bench messages clean
.DELETE_ON_ERROR:

run: .venv/.installed ## the demo, with addresses and sign-ins
	$(BIN)/zoturi serve --demo

test: lint ## the whole suite, as CI runs it
	$(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder

test-stock: .venv/.installed-test ## whatever has to do with sockets, all of it on python-socketio's own machinery
	ZOTURI_TEST_FAST_LANE=0 $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder \
		tests/realtime tests/faults tests/model tests/journeys

lint: .venv/.installed-test ## style and house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

bench: .venv/.installed-test ## load and latency, with bare relays beside it
	$(BIN)/python -m bench

messages: .venv/.installed-test ## brings new texts of the code into every catalogue
	$(BIN)/python tools/messages.py

clean:
	rm -rf .venv dist src/zoturi/static/vendor

ifeq ($(PYTHON),)
$(UV):
	@echo "zoturi needs Python 3.11 or newer." >&2; exit 1
else
$(UV):
	tools/prepare run $(PYTHON)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
endif

# The installation brings it; missing, it asks for one.
$(VENDOR): ;

.venv/.installed: $(BUILT_FROM) | $(UV)
	$(UV) pip install --quiet --python $(BIN)/python -e .
	@touch $@

.venv/.installed-test: $(BUILT_FROM) tools/prepare tests/needs.py | $(UV)
	tools/prepare test $(PYTHON)
	$(UV) pip install --quiet --python $(BIN)/python -e ".[test]"
	$(BIN)/python tests/needs.py browser || $(BIN)/python -m playwright install chromium || \
		{ echo "No browser for the tests: install chromium, or name one in ZOTURI_TEST_BROWSER." >&2; exit 1; }
	@touch $@
