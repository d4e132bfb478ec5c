"""All groups, in the order in which they are measured: latency's load is half of what http found."""

from __future__ import annotations

from bench.applications import applications
from bench.commands import commands
from bench.growth import growth
from bench.http import http
from bench.intake import intake
from bench.latency import latency
from bench.matching import matching
from bench.plan import Group
from bench.reacting import reacting
from bench.relay import relay
from bench.replay import replay
from bench.search import search

GROUPS: dict[str, Group] = {
    group.name: group for group in (commands, http, relay, replay, latency, growth, reacting, matching, search, intake, applications)
}  # fmt: skip
