# make serve   a classroom on this machine, in demo mode     PORT=8080 MEDIA_PORT=8081 DATA=data LAN=1
# make test    everything: style, types, tests, a real browser
# make check   the same without the browser
# make interop  clients that are not ours and large: GStreamer, Firefox
# make soak    the fault tests, for minutes: kills, a full disk, bad frames, fuzzed packets     SOAK_S=60 FAULT_SEED=<n>
#              and ten times as many examples of every property
#              and an evening of 400 teachers and 9,000 students    EVENING=full EVENING_SEED=<n>

VENV   := .venv
PYTHON := $(VENV)/bin/python
PORT   ?= 8080
MEDIA_PORT ?= 8081
DATA   ?= data
SERVE  := serve --demo --port $(PORT) --media-port $(MEDIA_PORT) --data $(DATA) --log-level WARNING
NEEDS  := chromium:chromium nodejs:node iproute2:ip coturn:turnserver redis-server:redis-server fonts-wqy-microhei:/usr/share/fonts/truetype/wqy/wqy-microhei.ttc

# A server is started many times in the tests: it is compiled once, also where images of Python set this.
unexport PYTHONDONTWRITEBYTECODE

WITHOUT := not e2e and not interop

.PHONY: serve test with-browsers the-rest check style clean

serve: $(VENV)/serve
	@exec $(PYTHON) -m roomserver $(SERVE) $(if $(LAN),--lan)

# The same, of `make interop`.
INTEROP := firefox-esr:firefox-esr chromium:chromium iproute2:ip \
  gstreamer1.0-plugins-good:/usr/share/doc/gstreamer1.0-plugins-good \
  gstreamer1.0-plugins-bad:/usr/share/doc/gstreamer1.0-plugins-bad gstreamer1.0-nice:/usr/share/doc/gstreamer1.0-nice \
  python3-gi:/usr/share/doc/python3-gi gir1.2-gst-plugins-bad-1.0:/usr/share/doc/gir1.2-gst-plugins-bad-1.0

# Two halves, one after the other: beside each other the networks that come and go in one disturbed the other.  What the
# rest says is shown when it is done; until then it grows in test-output/rest.txt.
test: $(VENV)/test programs style
	@$(MAKE) --no-print-directory --jobs=1 --keep-going with-browsers the-rest

with-browsers:
	$(PYTHON) -m pytest -m "e2e and not interop" --durations=15

the-rest: SAID := test-output/rest.txt
the-rest:
	@mkdir -p $(dir $(SAID)); nice -n 5 $(PYTHON) -m pytest -m "$(WITHOUT)" --durations=15 >$(SAID) 2>&1; \
	status=$$?; echo; cat $(SAID); exit $$status

check: $(VENV)/test style
	$(PYTHON) -m pytest -m "$(WITHOUT)"

.PHONY: interop
interop: NEEDS := $(INTEROP)
interop: $(VENV)/test programs
	$(PYTHON) -m pytest -m interop

.PHONY: soak
soak: SOAK_S ?= 60
soak: $(VENV)/test
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[soak]'
	SOAK_S=$(SOAK_S) EVENING=$(EVENING) $(PYTHON) -m pytest tests/faults tests/faults/soak_*.py tests/sfu/fuzz/soak_*.py \
	  tests/roomserver/evening
	SOAK_S=$(SOAK_S) $(PYTHON) -m pytest -m hypothesis --timeout 300

style:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

clean:
	rm -rf $(VENV) test-output

# docs/schema.json, docs/asyncapi.json, docs/record.schema.json and tests/vectors/, from the classes of messages and the
# record, and tests/support/examples/
.PHONY: generate
generate: $(VENV)/test
	$(PYTHON) -m tests.support.generate

# The environment, made again when pyproject.toml changes.  What is missing is said in one line, with its remedy.
$(VENV)/serve: pyproject.toml | $(PYTHON)
	@echo "Installing the server into $(VENV) …"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable . && touch $@

$(VENV)/test: pyproject.toml | $(PYTHON)
	@echo "Installing the server and what its tests need into $(VENV) …"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[test]' && touch $@ $(VENV)/serve

$(PYTHON):
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or newer is missing: install it (Debian, Ubuntu: apt-get install python3; macOS: brew install python)."; exit 1; fi; \
	if ! $$python -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "Python's venv module is missing: install it (Debian, Ubuntu: apt-get install python3-venv)."; exit 1; fi; \
	rm -rf $(VENV) && $$python -m venv $(VENV)

# Programs and a font for the tests, from Debian's packages where that may be done; tests that miss one say so.
.PHONY: programs
programs:
	@missing=; for need in $(NEEDS); do command -v $${need#*:} >/dev/null || test -e $${need#*:} || missing="$$missing $${need%:*}"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then as=; \
	elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then as="sudo -n"; \
	else echo "Not installed, so that tests which need them are skipped:$$missing"; exit 0; fi; \
	echo "Installing$$missing …"; \
	$$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -qq --no-install-recommends $$missing >/dev/null
