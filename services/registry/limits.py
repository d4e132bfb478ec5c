"""How long the platform waits for others, and since when."""

from __future__ import annotations

# The regulation asks departments to keep their data current (article 8) and gives no number of days. In force since
# 2026-11-23, until the data bureau sets another one: the time that 信用信息 rules commonly give for objections.
DISPUTE_LIMIT_DAYS = 15  # working days
