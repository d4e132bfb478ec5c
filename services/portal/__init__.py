"""Portal: the front door. For now a page that shows the platform's state, and the way to every service's interface."""
