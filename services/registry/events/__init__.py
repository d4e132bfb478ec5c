"""What happened in registry; a room for each part of its work."""

from __future__ import annotations

from services.registry.events.codes import Code, CodesImported
from services.registry.events.departments import DepartmentRegistered, DepartmentRole
from services.registry.events.enterprises import EnterpriseRegistered
from services.registry.events.facts import FactDefined
from services.registry.events.profiles import (
    COMPUTED,
    ENTERPRISE,
    REGISTRATION,
    ComputedFact,
    DisputeDeadlineRecomputed,
    DisputeOverdue,
    DisputeSettled,
    EffectiveFact,
    FactDisputed,
    FactsStated,
    FactWithdrawn,
    Outcome,
    ProfileChanged,
    StatedFact,
)

__all__ = [
    "COMPUTED",
    "ENTERPRISE",
    "REGISTRATION",
    "Code",
    "CodesImported",
    "ComputedFact",
    "DepartmentRegistered",
    "DepartmentRole",
    "DisputeDeadlineRecomputed",
    "DisputeOverdue",
    "DisputeSettled",
    "EffectiveFact",
    "EnterpriseRegistered",
    "FactDefined",
    "FactDisputed",
    "FactWithdrawn",
    "FactsStated",
    "Outcome",
    "ProfileChanged",
    "StatedFact",
]
