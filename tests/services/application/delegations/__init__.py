"""Tests of grants without application."""
