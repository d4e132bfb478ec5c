"""How often Python looks for garbage in a process that serves."""

from __future__ import annotations

import gc

# A batch of events is some ten thousand objects, which reference counting frees as soon as it is written. With Python's
# 700 the collector goes through them a dozen times before that, and through everything that was loaded now and then.
_YOUNG = 50_000


def collect_seldom() -> None:
    """Once everything is loaded: that is never looked at again, and what is young less often.

    A replay of a stream into a read model spent a third of its time on collecting. Garbage in cycles, which is what the
    collector is for, may take some ten megabytes more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 50)
