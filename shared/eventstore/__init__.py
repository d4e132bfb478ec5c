"""The record: functional aggregates on `eventsourcing`, in PostgreSQL."""
