"""The command line: `chengce`."""
