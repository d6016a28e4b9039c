"""Base classes of the admin: operations instead of saving rows, and lists that stay fast."""

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
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Invalid
from rooms.models import Upload, User
from rooms.templatetags.files import files as of

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

MAX_LISTED = 10_000  # rows that a list can page through; filters and dates reach the others
AT_ONCE = 500  # rows that one action changes, which takes a few seconds
PARTS = ("year", "month", "day")
CHUNK = 50  # rows per transaction, so that people can post in between


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


class Moment(AdminSplitDateTime):
    """A date and a time field, each with an accessible name: Django writes the names beside the
    fields, where screen readers don't find them."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        labels = (context["date_label"], context["time_label"])
        for part, label in zip(context["widget"]["subwidgets"], labels, strict=True):
            part["attrs"]["aria-label"] = label
        return context


class ChatAdmin(OfferedAdmin):
    """A model admin whose changes are operations by the current user.

    Subclasses implement `create`, `change` and `delete_model`. A refusal is shown as a form error,
    or as a message where there is no form.
    """

    actions: Sequence[Any] = ()
    list_select_related: ClassVar[Any] = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count rows for every choice of every filter
    formfield_overrides: ClassVar[Any] = {
        DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": Moment}
    }
    list_per_page = 50
    list_max_show_all = 200

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Change pages show the same relations as the lists.
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
            # The admin goes on with `obj`, so turn it into what the operation created.
            obj.__dict__.update(self.create(request, form.cleaned_data).__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise NotImplementedError

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """List the objects to confirm. Nothing cascades: the operation takes care of the rest."""
        if len(objs[: AT_ONCE + 1]) > AT_ONCE:
            raise Invalid(
                _("You can delete at most %(most)d at once. Narrow the list first."), most=AT_ONCE
            )
        return [str(obj) for obj in objs], {}, set(), []

    # -- refusals --

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ChatError as error:
            # The transaction was rolled back. Run the view again with a form that is invalid, to
            # show the input and the reason.
            request.refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        form: Any = super().get_form(request, obj, **kwargs)
        refusal: ChatError | None = getattr(request, "refusal", None)
        return form if refusal is None else _refused(form, refusal, self.field_at_fault(refusal))

    def field_at_fault(self, refusal: ChatError) -> str | None:
        """The field at which the form shows the refusal, or None for the top."""
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
        """Report what was done, and with `more`, that there is more to do."""
        again = _("%(done)s Run the action again for the rest.") % {"done": done} if more else done
        self.message_user(request, again, messages.SUCCESS)


def _refused(form: Any, refusal: ChatError, field: str | None) -> Any:
    class Refused(form):  # type: ignore[misc]
        def clean(self) -> Any:
            cleaned = super().clean()
            self.add_error(field if field in self.fields else None, refusal.detail)
            return cleaned

    return Refused


class OperationForm(ModelForm):  # type: ignore[type-arg]
    """A form whose fields are validated by the same functions as in the operations."""

    def checked(self, check: Any, value: Any) -> Any:
        try:
            return check(value)
        except ChatError as error:
            raise ValidationError(error.detail) from error


class ReasonActionForm(ActionForm):
    """The action bar above a list, with a reason for the audit log."""

    reason = forms.CharField(required=False, max_length=200, label=_("Reason:"))


def bad_request(request: HttpRequest, refusal: NotOffered) -> HttpResponse:
    return render(request, "400.html", {"detail": refusal.detail}, status=400)


def actor(request: HttpRequest) -> User:
    """The current user. The admin requires a log-in."""
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


def listed(files: Sequence[Upload]) -> str:
    """The files of a message, with links to them."""
    return render_to_string("admin/rooms/_files.html", of(files)) if files else str(_("none"))


def one_line(text: str, length: int = 90) -> str:
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
