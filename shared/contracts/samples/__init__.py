"""One sample of every published event: made up, coherent with each other, the same for ever.

They stand in the schemas as `examples`, in the AsyncAPI document, and in the tests of those who receive. The enterprise
is made up; its code (GB 32100-2015) has right check digits.
"""

from __future__ import annotations

from shared.contracts.base import Published
from shared.contracts.samples import (
    application,
    counter,
    hotline,
    participation,
    performance,
    policy,
    registry,
    systems,
)
from shared.contracts.samples.base import DEPARTMENT, USCC

__all__ = ["DEPARTMENT", "USCC", "MissingSampleError", "sample_of"]
_SAMPLES = (
    *registry.SAMPLES,
    *policy.SAMPLES,
    *application.SAMPLES,
    *participation.SAMPLES,
    *counter.SAMPLES,
    *performance.SAMPLES,
    *systems.SAMPLES,
    *hotline.SAMPLES,
)
_by_class: dict[type[Published], Published] = {type(sample): sample for sample in _SAMPLES}


class MissingSampleError(LookupError):
    """A published event without a sample: its author adds one to this package."""


def sample_of(cls: type[Published]) -> Published:
    """The sample of a published event. Raises `MissingSampleError`."""
    try:
        return _by_class[cls]
    except KeyError:
        raise MissingSampleError(f"{cls.ce_type()} has no sample in shared/contracts/samples") from None
