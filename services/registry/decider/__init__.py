"""What registry decides; pure. The aggregates are `department`, `enterprise`, `code_list` and `fact`."""

from __future__ import annotations

from services.registry.decider.codes import CodeListState, ImportCodes, code_list
from services.registry.decider.commands import (
    DisputeFact,
    ExpireFacts,
    RaiseDisputeOverdue,
    RecomputeDisputeDeadline,
    RegisterEnterprise,
    SettleDispute,
    StateFacts,
    WithdrawFact,
)
from services.registry.decider.department import RegisterDepartment, department
from services.registry.decider.enterprise import enterprise
from services.registry.decider.fact import DefineFact, fact
from services.registry.decider.rights import MANAGERS
from services.registry.decider.state import EnterpriseState, Statement
from services.registry.decider.stating import problems

__all__ = [
    "MANAGERS",
    "CodeListState",
    "DefineFact",
    "DisputeFact",
    "EnterpriseState",
    "ExpireFacts",
    "ImportCodes",
    "RaiseDisputeOverdue",
    "RecomputeDisputeDeadline",
    "RegisterDepartment",
    "RegisterEnterprise",
    "SettleDispute",
    "StateFacts",
    "Statement",
    "WithdrawFact",
    "code_list",
    "department",
    "enterprise",
    "fact",
    "problems",
]
