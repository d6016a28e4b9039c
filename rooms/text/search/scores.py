"""How well a text answers a query."""

import re
from collections.abc import Sequence
from itertools import islice, pairwise

from rooms.text.search.query import Query
from rooms.text.search.runs import LETTER
from rooms.text.search.terms import Term

WORD, BEGINNING, INSIDE = 3.0, 2.0, 1.0  # where a term occurs at its best
ADJACENT = 2.0  # for two terms of which one follows the other
MOST = 20  # occurrences of a term that are looked at
MOST_TERMS = 10  # that are looked for, so that five hundred hits take no second
FILTERED = 1.0  # without any terms

_BEFORE = re.compile(f"(?<!{LETTER})")
_AFTER = re.compile(f"(?!{LETTER})")

Span = tuple[int, int]


def score(query: Query, folded: str) -> float:
    """Return how well a folded text that matches answers the query: more for whole words than for
    parts of words, and for terms that stand side by side as they were typed."""
    if not query.terms:
        return FILTERED
    found = [_spans(term, folded) for term in query.terms[:MOST_TERMS]]
    single = sum(max((_weight(folded, span) for span in spans), default=INSIDE) for spans in found)
    return single + sum(ADJACENT for one, other in pairwise(found) if _touch(folded, one, other))


def _spans(term: Term, folded: str) -> list[Span]:
    return [*islice(term.spans(folded), MOST)]


def _weight(folded: str, span: Span) -> float:
    if _BEFORE.match(folded, span[0]) is None:
        return INSIDE
    return BEGINNING if _AFTER.match(folded, span[1]) is None else WORD


def _touch(folded: str, one: Sequence[Span], other: Sequence[Span]) -> bool:
    """Whether nothing but white space is between an occurrence of one term and one of the next."""
    ends = {end for _start, end in one}
    return any(_before_space(folded, start) in ends for start, _end in other)


def _before_space(text: str, at: int) -> int:
    while at > 0 and text[at - 1].isspace():
        at -= 1
    return at
