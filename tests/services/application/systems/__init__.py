"""Departments' own systems."""
