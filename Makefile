# Every command sets up what it needs, in the repository and nowhere else.

PYTHON := .venv/bin/python
BENCH_PYTHON := .venv-bench/bin/python
PARITY_PYTHON := .venv-parity/bin/python
NEWEST_PYTHON := .venv-newest/bin/python
DOCS_PYTHON := .venv-docs/bin/python

CORE_TESTS := $(addprefix tests/test_,semantics.py calculus.py graph.py op.py \
	structure.py micrograd.py)

.DEFAULT_GOAL := help
.PHONY: help demo check test newest parity table notebooks docs bench clean
.PHONY: setup-demo setup-test setup-newest setup-parity setup-docs setup-bench

help:  ## Show these lines
	@sed -n 's/^\([a-z]*\):.*  ## /\1  ## /p' Makefile | \
		awk -F '  ## ' '{ printf "make %-9s %s\n", $$1, $$2 }'

demo: setup-demo  ## Trace a neuron, check it, train on real data; writes out/
	@$(PYTHON) -m gradtrace demo --out out

check: setup-test  ## Lint, types and the tests of the core: under a minute
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest --numprocesses auto --maxprocesses 8 $(CORE_TESTS)

test: setup-test  ## Run every check: lint, format, types, tests and doctests
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal

newest: setup-newest  ## The tests of the core on the newest Python there is here
	$(NEWEST_PYTHON) --version
	$(NEWEST_PYTHON) -m pytest --numprocesses auto --maxprocesses 8 $(CORE_TESTS)

parity: setup-parity  ## Compare nn with PyTorch and ONNX (installs them, apart)
	$(PARITY_PYTHON) -m pytest tests/parity

table: setup-test  ## Write what follows from the table: list of operations, types
	$(PYTHON) -m tools.from_table --write

notebooks: setup-test  ## Execute the notebooks and store what they show
	$(PYTHON) -m tools.execute_notebooks

docs: setup-docs  ## Build the site into out/site and check its links
	$(DOCS_PYTHON) -m tools.site out/site

bench: setup-bench  ## Compare with micrograd, xad and torch (installs them, apart)
	$(BENCH_PYTHON) -m benchmarks

clean:  ## Remove what these commands made
	rm -rf .venv .venv-newest .venv-parity .venv-docs .venv-bench out build dist
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup-demo:
	@sh tools/setup.sh .venv demo --editable '.[demo]'

setup-test:
	@sh tools/setup.sh .venv test --editable '.[demo]' --group dev

setup-newest:
	@SETUP_PYTHON=$$(sh tools/newest.sh) sh tools/setup.sh .venv-newest newest \
		--editable . --group core

setup-parity:
	@sh tools/setup.sh .venv-parity parity --editable . \
		--requirement tests/parity/requirements.txt

setup-docs:
	@sh tools/setup.sh .venv-docs docs --editable '.[demo]' --group docs

setup-bench:
	@sh tools/setup.sh .venv-bench bench --editable . \
		--requirement benchmarks/requirements.txt
