"""When somebody is not to be disturbed: for a time that they have set, or by their schedule.

Pure: asks no database. Days and hours are those of the person's zone. An hour that a change of
clocks leaves out is taken by the offset from before it (RFC 5545, 3.3.5), so 02:30 means half an
hour after what would have been 02:00; of an hour that comes twice, quiet takes both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

from rooms.text import zones

DAY = timedelta(days=1)
WEEK = range(8)  # days ahead in which a weekly schedule begins again
EVERY_DAY = 0b1111111


class Person(Protocol):
    """A user, as far as this is concerned."""

    quiet_until: datetime | None
    quiet_lifted_until: datetime | None
    quiet_days: int
    quiet_from: int
    quiet_to: int

    @property
    def local_zone(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides when somebody is quiet. `until` was set by hand; the schedule is in force on the
    `days` (bit 0: Monday) from `begins` to `ends`, in minutes after midnight, perhaps past the next
    one; until `lifted_until` it isn't."""

    until: datetime | None = None
    lifted_until: datetime | None = None
    days: int = 0
    begins: int = 0
    ends: int = 0
    zone: str = ""

    @classmethod
    def of(cls, user: Person) -> "Plan":
        return cls(
            user.quiet_until,
            user.quiet_lifted_until,
            user.quiet_days,
            user.quiet_from,
            user.quiet_to,
            user.local_zone,
        )

    def quiet_until(self, now: datetime) -> datetime | None:
        """Return when the quiet of this moment ends; None if there is none."""
        end = self.until if self.until and self.until > now else None
        for begins, ends in self._windows(now):
            if begins <= (end or now) < ends:
                end = ends
        return end

    def next_change(self, now: datetime) -> datetime | None:
        """Return when quiet ends or, if there is none, begins; None if nothing is planned."""
        end = self.quiet_until(now)
        return end or next((begins for begins, _ in self._windows(now) if begins > now), None)

    def scheduled_end(self, now: datetime) -> datetime | None:
        """Return when the present quiet by the schedule ends, whatever was set by hand."""
        return Plan(None, None, self.days, self.begins, self.ends, self.zone).quiet_until(now)

    def _windows(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the schedule's times from yesterday's on, as long as they aren't lifted."""
        if not self.days & EVERY_DAY:
            return
        zone = zones.zone(self.zone)
        today = now.astimezone(zone).date()
        for ahead in (-1, *WEEK):
            day = today + ahead * DAY
            if not self.days >> day.weekday() & 1:
                continue
            last = day if self.ends > self.begins else day + DAY
            begins = _moment(day, self.begins, zone)
            ends = max(_moment(last, self.ends, zone, fold=fold) for fold in (0, 1))
            if self.lifted_until is not None:
                begins = max(begins, self.lifted_until)
            if begins < ends:
                yield begins, ends


def quiet_until(user: Person, now: datetime) -> datetime | None:
    """Return until when somebody is not to be disturbed; None if they may be."""
    return Plan.of(user).quiet_until(now)


def _moment(day: date, minutes: int, zone: tzinfo, *, fold: int = 0) -> datetime:
    local = datetime.combine(day, time(*divmod(minutes, 60)), zone)
    return local.replace(fold=fold).astimezone(UTC)
