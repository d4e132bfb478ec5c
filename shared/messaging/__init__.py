"""Between a service's log and everybody else: the relay to its stream, and the feeds and reactions that hear it."""
