"""What the pages of the admin share: operations instead of saving, lists that stay fast."""

import itertools
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup, DisallowedModelAdminToField
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import DateTimeField, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Invalid
from rooms.models import User

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

MAX_LISTED = 10_000  # rows that one list reaches; beyond it, filters and dates narrow
AT_ONCE = 500  # rows that one action changes, which takes some seconds
PARTS = ("year", "month", "day")
CHUNK = 50  # rows in one transaction, so that people can post in between


class AtLeast(int):
    """A count that stopped there; shown with a plus."""

    def __str__(self) -> str:
        return f"{int(self)}+"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than MAX_LISTED: COUNT(*) over a million rows takes longer than the rest
    of the page."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows[: MAX_LISTED + 1].count()
        return AtLeast(MAX_LISTED) if counted > MAX_LISTED else counted


class ChosenFilter(admin.FieldListFilter):
    """Shows whom or what a list is narrowed to, and the way back. Links on the pages of people and
    rooms set it; a list of all of them to choose from could be endless. Somebody who types it may
    leave out `__id__exact`."""

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
        clear = changelist.get_query_string(remove=[self.path])  # and what begins with it
        yield {"selected": False, "query_string": clear, "display": _("All")}
        yield {"selected": True, "query_string": "?", "display": str(chosen or self.pk)}


class NotOffered(Invalid):
    """A list was asked for in a way that it doesn't offer."""

    def __init__(self) -> None:
        super().__init__(_("This list can't be narrowed or sorted like that."))


class OfferedList(ChangeList):
    """Sorted only by the columns that are offered for it: another order walks a whole table."""

    def get_filters(self, request: HttpRequest) -> Any:
        known = {field.name for field in self.model._meta.get_fields()} | {"pk"}
        part: Any = self.model_admin
        unknown = {*self.get_filters_params()} - part.offered(request)
        if any(name.partition("__")[0] not in known for name in unknown):
            raise IncorrectLookupParameters("No such field.")
        try:
            return super().get_filters(request)
        except (ValueError, OverflowError) as error:  # of a date: the year 9999 has no next one
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
    """Django's date hierarchy asks all rows of the list for their distinct days. This one looks
    at the first and the last row of the table by index, and offers every period between.

    A period is a tuple: (2026,), (2026, 11) or (2026, 11, 23).
    """

    @cached_property
    def dates(self) -> dict[str, Any] | None:
        """What admin/date_hierarchy.html shows."""
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
    """A list that answers only what it offers: the parameters of its filters and of its dates,
    which all links between the lists are made of.

    Django allows every look-up of a model's own fields, and by `body__startswith` a moderator reads
    letter by letter what they may not read, or by `body__regex` keeps the process busy.
    """

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup in self.offered(request) and "\0" not in str(value)

    def offered(self, request: HttpRequest) -> set[str | None]:
        """The parameters that the list takes, beside those of its pages, search and order."""
        offered: set[str | None] = set()
        for one in self.get_list_filter(request):
            if isinstance(one, type):
                offered.update(one(request, {}, self.model, self).expected_parameters())
                continue
            path, kind = one if isinstance(one, tuple) else (one, admin.FieldListFilter.create)
            field: Any = get_fields_from_path(self.model, str(path))[-1]
            shown: Any = kind(field, request, {}, self.model, self, field_path=str(path))
            offered.update(shown.expected_parameters())
        # A day is one of a month, and that is one of a year: without it, dates have no index.
        parts = [f"{self.date_hierarchy}__{part}" for part in PARTS if self.date_hierarchy]
        within = itertools.takewhile(lambda part: part in request.GET, parts)
        return offered.union(within)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return OfferedList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Raises NotOffered, for the list and for what is exported of it."""
        try:
            return super().get_changelist_instance(request)
        except (DisallowedModelAdminLookup, DisallowedModelAdminToField) as error:
            raise NotOffered from error

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        try:
            return super().changelist_view(request, extra_context)
        except NotOffered as refusal:
            return made_no_sense(request, refusal)


class Moment(AdminSplitDateTime):
    """A date and a time, each with a name: Django writes theirs beside the fields, where no screen
    reader finds them."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        labels = (context["date_label"], context["time_label"])
        for part, label in zip(context["widget"]["subwidgets"], labels, strict=True):
            part["attrs"]["aria-label"] = label
        return context


class ChatAdmin(OfferedAdmin):
    """A page whose changes are operations by the person who is signed in.

    Subclasses say which: `create`, `change`, `delete_model`. What an operation refuses comes back
    as an error of the form, or as a message where there is none.
    """

    actions: Sequence[Any] = ()
    list_select_related: ClassVar[Any] = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count for every choice of every filter
    formfield_overrides: ClassVar[Any] = {
        DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": Moment}
    }
    list_per_page = 50
    list_max_show_all = 200

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Pages show the same relations as lists do.
        queryset = super().get_queryset(request)
        related = self.list_select_related
        return queryset.select_related(*related) if related else queryset

    # -- operations --

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Model:
        raise NotImplementedError

    def change(self, request: HttpRequest, obj: Any, form: Any) -> None:
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            self.change(request, obj, form)
        else:
            # The admin goes on with `obj`, so it becomes what the operation made.
            obj.__dict__.update(self.create(request, form.cleaned_data).__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise NotImplementedError

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """For the confirmation. Nothing cascades: the operation knows what goes along."""
        if len(objs[: AT_ONCE + 1]) > AT_ONCE:
            raise Invalid(
                _("At most %(most)d can be deleted at once. Narrow the list first."), most=AT_ONCE
            )
        return [str(obj) for obj in objs], {}, set(), []

    # -- refusals --

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ChatError as error:
            # The transaction is rolled back. The same once more, with a form that can't be valid,
            # shows the form as it was sent and says why.
            request.refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        form: Any = super().get_form(request, obj, **kwargs)
        refusal: ChatError | None = getattr(request, "refusal", None)
        return form if refusal is None else _refused(form, refusal, self.field_at_fault(refusal))

    def field_at_fault(self, refusal: ChatError) -> str | None:
        """Where the form shows the refusal; None for the top."""
        return None

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().delete_view(request, object_id, *args, **kwargs)
        except ChatError as error:
            self.message_user(request, error.detail, messages.ERROR)
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[object_id]))

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:  # type: ignore[override]
        try:
            return super().response_action(request, queryset)
        except ChatError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    # -- help for subclasses --

    def tell(self, request: HttpRequest, done: str, *, more: bool = False) -> None:
        """What was done, and with `more` that there is more of it to do."""
        again = _("%(done)s Run it again for the rest.") % {"done": done} if more else done
        self.message_user(request, again, messages.SUCCESS)


def _refused(form: Any, refusal: ChatError, field: str | None) -> Any:
    class Refused(form):  # type: ignore[misc]
        def clean(self) -> Any:
            cleaned = super().clean()
            self.add_error(field if field in self.fields else None, refusal.detail)
            return cleaned

    return Refused


class OperationForm(ModelForm):  # type: ignore[type-arg]
    """A form whose fields are checked by the functions that operations check them with."""

    def checked(self, check: Any, value: Any) -> Any:
        try:
            return check(value)
        except ChatError as error:
            raise ValidationError(error.detail) from error


class ReasonActionForm(ActionForm):
    """The line above a list, with a reason for the audit log."""

    reason = forms.CharField(required=False, max_length=200, label=_("Reason:"))


def made_no_sense(request: HttpRequest, refusal: NotOffered) -> HttpResponse:
    return render(request, "400.html", {"detail": refusal.detail}, status=400)


def actor(request: HttpRequest) -> User:
    """Who is signed in. The admin lets in nobody else."""
    assert isinstance(request.user, User)  # noqa: S101  for the type checker
    return request.user


def chunks(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def links(*targets: tuple[Any, str, str]) -> SafeString:
    """Links to lists: (label, model, query)."""
    return format_html_join(
        " · ",
        '<a href="{}?{}">{}</a>',
        (
            (reverse(f"admin:rooms_{model}_changelist"), query, label)
            for label, model, query in targets
        ),
    )


def one_line(text: str, length: int = 90) -> str:
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
