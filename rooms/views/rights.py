"""Who may do what, on one page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rooms import rights
from rooms.rights import Person
from rooms.views.door import Request, signed_in


@require_safe
@signed_in
def rights_page(request: Request) -> HttpResponse:
    context = {
        "people": [person.value for person in Person],
        "rows": [
            (operation, [rights.cell(operation, person) for person in Person])
            for operation in rights.OPERATIONS
        ],
        "desk": [
            (words, [person.value for person in rights.who(need)])
            for words, need in rights.AT_THE_DESK
        ],
    }
    return render(request, "rooms/rights.html", context)
