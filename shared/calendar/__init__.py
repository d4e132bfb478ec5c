"""Time: the clock everybody asks, the working days of the State Council, and statutory limits that can stop."""

from shared.calendar.clock import (
    SHANGHAI,
    Clock,
    ClockFace,
    FixedClock,
    RunningClock,
    SystemClock,
    civil_date,
    clock_from,
    end_of,
    start_of,
)
from shared.calendar.clocks import LimitClock, Pause
from shared.calendar.hours import HoursClock
from shared.calendar.workdays import AnnouncedYear, Due, WorkingCalendar

__all__ = [
    "SHANGHAI",
    "AnnouncedYear",
    "Clock",
    "ClockFace",
    "Due",
    "FixedClock",
    "HoursClock",
    "LimitClock",
    "Pause",
    "RunningClock",
    "SystemClock",
    "WorkingCalendar",
    "civil_date",
    "clock_from",
    "end_of",
    "start_of",
]
