"""The search syntax of all lists: `@username`, `#room`, `#room 42` or a message link, and words.
Names are looked up exactly, by index, so that a search never scans a large table."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from rooms.admin.base import ChatAdmin
from rooms.models import Room, User

_ADDRESS = re.compile(r"(?:\S*/rooms/)?([-\w]+)/(\d+)/?")


@dataclass
class Search:
    people: list[str] = field(default_factory=list)
    room: str | None = None
    number: int | None = None
    words: str = ""

    @classmethod
    def parse(cls, term: str) -> "Search":
        """ "@bob #lounge 42", "lounge/42", "https://chat.example.com/rooms/lounge/42/"."""
        found, words = cls(), []
        for word in term.split():
            address = _ADDRESS.fullmatch(word)
            if word[0] == "@" and word[1:]:
                found.people.append(word[1:].lower())
            elif word[0] == "#" and word[1:]:
                found.room = word[1:]
            elif address:
                found.room, found.number = address[1], _number(address[2])
            else:
                words.append(word)
        if found.room is not None and found.number is None and words and words[0].isdecimal():
            found.number = _number(words.pop(0))
        found.words = " ".join(words)
        return found


class SearchedAdmin(ChatAdmin):
    """A list with this search. Each attribute names fields; it is empty if the rows have none of
    that kind."""

    person_fields: tuple[str, ...] = ()
    room_field = ""
    room_of_person = ""  # used instead when the search also names a person
    number_field = ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        search = Search.parse(search_term)
        if search.people and self.person_fields:
            ids = list(User.objects.filter(username__in=search.people).values_list("pk", flat=True))
            queryset = queryset.filter(
                Q.create([(f"{name}__in", ids) for name in self.person_fields], Q.OR)
            )
        if search.room is not None and self.room_field:
            pk = Room.objects.filter(slug=search.room).values_list("pk", flat=True).first()
            of_person = search.people and self.room_of_person
            queryset = queryset.filter(**{of_person or self.room_field: pk or 0})
        if search.number is not None and self.number_field:
            queryset = queryset.filter(**{self.number_field: search.number})
        return self.filter_words(request, queryset, search), False

    def filter_words(
        self, request: HttpRequest, queryset: QuerySet[Any], search: Search
    ) -> QuerySet[Any]:
        return queryset.none() if search.words else queryset


def _number(text: str) -> int:
    return min(int(text[:19]), 2**63 - 1)
