"""Lists of the admin that stay fast, and offer no more than they show."""

import itertools
from calendar import monthrange
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup, DisallowedModelAdminToField
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

MAX_LISTED = 10_000  # rows that a list can page through; filters and dates reach the others
PARTS = ("year", "month", "day")


class AtLeast(int):
    """A count that was cut off there; shown with a plus."""

    def __str__(self) -> str:
        return f"{int(self)}+"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts up to MAX_LISTED: a COUNT(*) of a million rows takes longer than the rest of the
    page."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows[: MAX_LISTED + 1].count()
        return AtLeast(MAX_LISTED) if counted > MAX_LISTED else counted


class ChosenFilter(admin.FieldListFilter):
    """Shows which person or room a list is filtered by, and a link to remove the filter.

    Links on the pages of people and rooms set it: a list to choose from could be endless. In a
    typed URL, `__id__exact` may be left out."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, *args: Any, **kw: Any
    ) -> None:
        self.path = str(kw["field_path"])
        self.parameter = f"{self.path}__id__exact"
        super().__init__(field, request, params, *args, **kw)
        used: dict[str, Any] = self.used_parameters
        self.pk = str((used.get(self.parameter) or used.get(self.path) or [""])[-1])

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter, self.path]

    def has_output(self) -> bool:
        return self.pk.isdecimal()

    def choices(self, changelist: Any) -> Any:
        related: Any = self.field.related_model
        chosen = related._default_manager.filter(pk=self.pk).first()
        clear = changelist.get_query_string(remove=[self.path])  # and parameters that begin with it
        yield {"selected": False, "query_string": clear, "display": _("All")}
        yield {"selected": True, "query_string": "?", "display": str(chosen or self.pk)}


class NotOffered(Invalid):
    """A list was requested with a filter or an order that it doesn't offer."""

    def __init__(self) -> None:
        super().__init__(_("This list can't be filtered or sorted that way."))


class OfferedList(ChangeList):
    """Sorts only by the columns in `sortable_by`: any other order scans the whole table."""

    def get_filters(self, request: HttpRequest) -> Any:
        known = {field.name for field in self.model._meta.get_fields()} | {"pk"}
        part: Any = self.model_admin
        unknown = {*self.get_filters_params()} - part.offered(request)
        if any(name.partition("__")[0] not in known for name in unknown):
            raise IncorrectLookupParameters("No such field.")
        try:
            return super().get_filters(request)
        except (ValueError, OverflowError) as error:  # from dates: there is no year after 9999
            raise IncorrectLookupParameters(error) from error

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for part in str(self.params.get(ORDER_VAR, "")).split("."):
            place = part.rpartition("-")[2]
            if place.isdecimal() and int(place[:9]) < len(self.list_display):
                column = self.list_display[int(place[:9])]
                if column not in (self.sortable_by or ()):
                    raise NotOffered
        return super().get_ordering(request, queryset)


class DatedChangeList(OfferedList):
    """A date hierarchy that reads only the first and the last row, by index, and offers every
    period between them. Django's selects the distinct days of all rows.

    A period is a tuple: (2026,), (2026, 11) or (2026, 11, 23).
    """

    @cached_property
    def dates(self) -> dict[str, Any] | None:
        """The context of admin/date_hierarchy.html."""
        field = str(self.date_hierarchy)
        times = self.model._default_manager.values_list(field, flat=True)
        ends = [times.order_by(order).first() for order in (field, f"-{field}")]
        if None in ends:
            return None
        first, last = (timezone.localtime(end).timetuple()[:3] for end in ends)
        asked = self._asked()
        inside = [
            period
            for period in self._within(asked, first[0], last[0])
            if first[: len(period)] <= period <= last[: len(period)]
        ]
        shown: dict[str, Any] = {
            "choices": [{"title": _title(one), "link": self._link(one)} for one in inside]
        }
        if len(asked) == 3:
            shown["choices"] = [{"title": _title(asked)}]
        if asked:
            shown["back"] = {"title": _title(asked[:-1]), "link": self._link(asked[:-1])}
        return shown

    def _asked(self) -> tuple[int, ...]:
        parts = [self.params.get(f"{self.date_hierarchy}__{part}") for part in PARTS]
        return tuple(int(str(part)) for part in itertools.takewhile(bool, parts))

    @staticmethod
    def _within(asked: tuple[int, ...], first: int, last: int) -> list[tuple[int, ...]]:
        if len(asked) == 3:
            return []
        if len(asked) == 2:
            return [(*asked, day + 1) for day in range(monthrange(*asked)[1])]
        if len(asked) == 1 or first == last:
            return [(*(asked or (first,)), month + 1) for month in range(12)]
        return [(year,) for year in range(first, last + 1)]

    def _link(self, period: tuple[int, ...]) -> str:
        field = self.date_hierarchy
        values = {
            f"{field}__{part}": str(value) for part, value in zip(PARTS, period, strict=False)
        }
        return self.get_query_string(values, remove=[f"{field}__"])


def _title(period: tuple[int, ...]) -> str:
    if not period:
        return str(_("All dates"))
    shape = ("Y", "YEAR_MONTH_FORMAT", "MONTH_DAY_FORMAT")[len(period) - 1]
    return formats.date_format(date(*(*period, 1, 1)[:3]), shape)


class OfferedAdmin(ModelAdmin):
    """A list that accepts only the parameters of its own filters and dates, which are also all that
    links between lists use.

    Django allows any lookup of the model's own fields. With `body__startswith`, a moderator could
    read hidden messages letter by letter; with `body__regex`, keep the process busy.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup in self.offered(request) and "\0" not in str(value)

    def offered(self, request: HttpRequest) -> set[str | None]:
        """The parameters that the list accepts besides those for paging, search and order."""
        offered: set[str | None] = set()
        for one in self.get_list_filter(request):
            if isinstance(one, type):
                offered.update(one(request, {}, self.model, self).expected_parameters())
                continue
            path, kind = one if isinstance(one, tuple) else (one, admin.FieldListFilter.create)
            field: Any = get_fields_from_path(self.model, str(path))[-1]
            shown: Any = kind(field, request, {}, self.model, self, field_path=str(path))
            offered.update(shown.expected_parameters())
        # A day needs its month, and a month its year: otherwise dates can't use the index.
        parts = [f"{self.date_hierarchy}__{part}" for part in PARTS if self.date_hierarchy]
        within = itertools.takewhile(lambda part: part in request.GET, parts)
        return offered.union(within)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return OfferedList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Raises NotOffered. Exports use it, too."""
        try:
            return super().get_changelist_instance(request)
        except (DisallowedModelAdminLookup, DisallowedModelAdminToField) as error:
            raise NotOffered from error

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        try:
            return super().changelist_view(request, extra_context)
        except NotOffered as refusal:
            return bad_request(request, refusal)


def bad_request(request: HttpRequest, refusal: NotOffered) -> HttpResponse:
    return render(request, "400.html", {"detail": refusal.detail}, status=400)
