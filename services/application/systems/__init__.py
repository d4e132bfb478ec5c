"""Departments' own systems (部门自建系统): what the platform does for them beyond deciding."""
