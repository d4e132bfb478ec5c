"""Conformance (联调检查): named cases that a system's developers run against a platform with their own credentials."""
