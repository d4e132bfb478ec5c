"""What is suggested about a ticket as it comes in."""

from __future__ import annotations

from services.hotline.classification.suggestion import Suggestion
from shared.runtime.service import Runtime


def suggestion_for(runtime: Runtime, title: str, content: str) -> Suggestion | None:
    """By the model in force, or the rules before the first."""
    return None
