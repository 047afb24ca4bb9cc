# Two commands: `make book` and `make test`. Written for GNU make 3.81, which macOS still ships.

# Another interpreter: make book PYTHON=python3.13. Another environment: make book VENV=/some/where.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000

BIN = $(VENV)/bin
SITE = _build/html/index.html

# The debugger inside the notebooks' kernels warns on stderr about frozen modules; nothing here is debugged.
export PYDEVD_DISABLE_FILE_VALIDATION = 1
# These networks are small. On a busy machine their threads wait for each other: with two of them a chapter of ten
# seconds took minutes.
OMP_NUM_THREADS ?= 1
export OMP_NUM_THREADS
# book/_ext/pdf.py prints when this is set, which `make pdf` does.
export GENCOURSE_PDF

.PHONY: help book pdf test lint unit assignments chapters site oldest newest mutants bench lab serve urls clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

# The stamp is renewed when a dependency or a pin changes. bin/pip, because a venv that failed half-way has none.
$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("gencourse needs Python 3.11 or newer; name one: make book PYTHON=python3.12")'
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[book,train,assign,test]'
	@touch $@

book: $(VENV)/.installed  ## install, execute the notebooks, build the site
	$(BIN)/jupyter-book build . --toc book/_toc.yml -n -W --keep-going
	@echo "The site is at $(CURDIR)/$(SITE). Read it with: make serve"

$(SITE):
	@$(MAKE) book

pdf: GENCOURSE_PDF = 1
pdf: book  ## build the site with the whole book as one PDF; it needs Chromium or Chrome (two minutes more)

test: $(VENV)/.installed $(SITE)  ## check everything: lint, package, notebooks, site
	@$(MAKE) lint unit assignments chapters site
	@echo "All checks passed."

lint: $(VENV)/.installed  ## check the style of the code
	$(BIN)/ruff check .

# One torch thread for each of the two workers: more would fight for the cores.
unit: $(VENV)/.installed  ## test the package, with doctests, coverage and the repository's structure
	$(BIN)/python -m pytest -n 2 --doctest-modules --cov=gencourse --cov-report=term:skip-covered --cov-fail-under=95 gencourse tests --ignore=tests/site --ignore=tests/assignments

assignments: $(VENV)/.installed  ## test the problem sets and the grader, with real kernels in bubblewrap (five minutes)
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests/assignments

chapters: $(VENV)/.installed  ## execute every notebook and its claims, outside the repository, with the wheel alone
	$(BIN)/python tests/readers_venv.py

site: $(VENV)/.installed $(SITE)  ## walk the built site in a real browser
	$(BIN)/python -m pytest -n 2 tests/site

# The stamp tells the rules above that this environment is complete, without the pins.
oldest: RESOLUTION = lowest-direct  ## test package and notebooks with the oldest versions that pyproject.toml allows
newest: RESOLUTION = highest  ## test them with the newest versions, whatever the pins say
oldest newest: $(VENV)/.installed
	$(PYTHON) -m venv --clear _build/$@
	$(BIN)/uv pip install --quiet --python _build/$@ --resolution $(RESOLUTION) -e '.[book,train,assign,test]'
	touch _build/$@/.installed
	@$(MAKE) unit chapters VENV=_build/$@

mutants: $(VENV)/.installed  ## break the norms and the grader in many small ways: claims and tests must notice (an hour)
	$(BIN)/python tests/mutants

bench: OMP_NUM_THREADS = 2
bench: $(VENV)/.installed  ## time things against other ways to do them, and record it in benchmarks/results
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python benchmarks/conv2d_norm.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/against_pythae.py
	$(BIN)/python benchmarks/live_gan.py

lab: $(VENV)/.installed  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=chapters

serve: $(SITE)  ## read the site at http://localhost:8000
	@echo "http://localhost:$(PORT)/ (stop with Ctrl-C)"
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

urls: $(VENV)/.installed  ## copy the repository's address from _config.yml into the notebooks
	$(BIN)/python book/setup_cells.py

clean:  ## remove the site and all caches, but not .venv
	rm -rf _build .pytest_cache .hypothesis .ruff_cache .coverage
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
