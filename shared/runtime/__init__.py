"""How a service lives: settings, logs, traces, metrics, databases, leadership, start and stop."""
