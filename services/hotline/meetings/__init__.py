"""Symposia and visits to enterprises: what was asked for there becomes tickets."""
