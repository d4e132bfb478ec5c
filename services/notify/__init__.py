"""Notify: what people are told, in their inboxes and by SMS."""
