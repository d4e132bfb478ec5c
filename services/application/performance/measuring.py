"""What the record shows of items in a period, read in one statement, so that all of it is of one moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import text

from services.application.each import at_present
from services.application.events.performance import Measured
from services.application.performance.scoring import rounded
from shared.runtime.service import Runtime

_READ = """
WITH paid AS (
    SELECT count(*) AS payments, coalesce(sum(amount_fen), 0) AS paid_fen, count(DISTINCT enterprise) AS enterprises
    FROM application_payments
    WHERE status = 'paid' AND item_code = ANY(:items) AND paid_on BETWEEN :from_on AND :until_on),
decided AS (
    SELECT count(*) AS decided, count(*) FILTER (WHERE in_time) AS in_time,
        avg(completed_on - submitted_on) AS decision_days
    FROM application_applications
    WHERE item_code = ANY(:items) AND completed_on BETWEEN :from_on AND :until_on),
rated AS (
    SELECT count(*) AS ratings, count(*) FILTER (WHERE grade >= 3) AS satisfied, avg(grade) AS rating_mean
    FROM application_known_ratings WHERE item = ANY(:items) AND given_on BETWEEN :from_on AND :until_on),
places AS (
    SELECT CASE s.source WHEN 'log' THEN 'application' ELSE s.source END AS service, min(s.position) AS position
    FROM platform.projections AS p JOIN platform.positions AS s ON s.name = p.schema
    WHERE p.status = 'live' AND p.name IN ('payments', 'track', 'known-ratings') GROUP BY 1)
SELECT paid.*, decided.*, rated.*, (SELECT jsonb_object_agg(service, position) FROM places) AS positions
FROM paid, decided, rated
"""


async def measured(runtime: Runtime, items: Sequence[str], from_on: date, until_on: date) -> Measured:
    """Up to all that stands in the own log now, and to what was heard of ratings. Raises `ReadModelBuildingError`.

    Payments count by the day they were paid, applications by the day they were decided, ratings by the day they were given.
    """
    await at_present(runtime)
    asked = {"items": list(items), "from_on": from_on, "until_on": until_on}
    async with runtime.reads.session() as session:
        found = dict((await session.execute(text(_READ), asked)).mappings().one())
    for name in ("decision_days", "rating_mean"):
        found[name] = None if found[name] is None else rounded(Decimal(found[name]))
    return Measured(at=runtime.clock.now(), **found)
