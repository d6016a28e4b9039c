"""The page that lists every right."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rooms.policy import table
from rooms.policy.cases import Person
from rooms.views.decorators import Request, signed_in


@require_safe
@signed_in
def rights_page(request: Request) -> HttpResponse:
    context = {
        "people": [person.value for person in Person],
        "rows": [
            (operation, [table.cell(operation, person) for person in Person])
            for operation in table.OPERATIONS
        ],
        "desk": [
            (words, [person.value for person in table.who(need)])
            for words, need in table.AT_THE_DESK
        ],
    }
    return render(request, "rooms/rights.html", context)
