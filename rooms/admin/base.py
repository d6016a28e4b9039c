"""Base classes of the admin: operations instead of saving rows."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from rooms.admin.lists import BoundedPaginator, OfferedAdmin
from rooms.errors import ChatError, Invalid
from rooms.models import Upload, User
from rooms.templatetags.files import files as of

AT_ONCE = 500  # rows that one action changes, which takes a few seconds
CHUNK = 50  # rows per transaction, so that people can post in between


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
