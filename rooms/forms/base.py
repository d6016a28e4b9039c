"""The base of our own forms. They collect input; the operation judges it, and its refusal is shown
as an error of the form."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms

from rooms.errors import ChatError

# Error codes that are about the input, not about the person or the moment.
INPUT_ERRORS = {"invalid", "too_large", "conflict", "not_found"}


class ChatForm(forms.Form):
    """A form whose operation may still refuse valid input."""

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Show a refusal by what is done inside, which ends there."""
        try:
            yield
        except ChatError as error:
            self.refuse(error)

    def refuse(self, error: ChatError) -> None:
        """Show a refusal of the input at the first field, which it is usually about."""
        field = next(iter(self.fields)) if error.code in INPUT_ERRORS else None
        self.add_error(field, error.detail)
