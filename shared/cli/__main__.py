"""`python -m shared.cli`: the same as `chengce`."""

from shared.cli.main import run

if __name__ == "__main__":  # a process forked for a service imports this too
    run()
