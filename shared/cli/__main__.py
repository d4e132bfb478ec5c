"""`python -m shared.cli`: the same as `chengce`."""

from shared.cli.main import run

run()
