"""Hotline: tickets of enterprises from 12345, the seat, the portal and visits, until they are answered (articles 8, 22)."""
