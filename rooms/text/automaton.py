"""Look for many needles at once (Aho and Corasick, 1975): each symbol of a text is read once,
however many needles it could be part of. Symbols are characters, or words."""

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Automaton(Generic[T]):
    """Needles, and what each of them stands for."""

    def __init__(self) -> None:
        # By node; a node stands for a prefix of a needle, and node 0 for the empty one.
        self._next: list[dict[str, int]] = [{}]
        self._meanings: list[list[T]] = [[]]
        self._shorter = [0]  # the node of its longest suffix that is also a prefix of a needle
        self._ended = [0]  # itself or the next such suffix with which a needle ends; 0: none

    def __bool__(self) -> bool:
        return len(self._next) > 1

    def add(self, needle: Iterable[str], meaning: T) -> None:
        node = 0
        for symbol in needle:
            if symbol not in self._next[node]:
                self._next[node][symbol] = len(self._next)
                self._next.append({})
                self._meanings.append([])
            node = self._next[node][symbol]
        self._meanings[node].append(meaning)

    def prepare(self) -> None:
        """Link each node to the one to continue with where a needle breaks off. Call this after the
        last needle was added."""
        self._shorter = [0] * len(self._next)
        self._ended = [0] * len(self._next)
        waiting = deque(self._next[0].values())
        while waiting:
            node = waiting.popleft()
            self._ended[node] = node if self._meanings[node] else self._ended[self._shorter[node]]
            for symbol, longer in self._next[node].items():
                waiting.append(longer)
                self._shorter[longer] = self._step(self._shorter[node], symbol)

    def found(self, text: Iterable[str]) -> set[T]:
        ends = set[int]()
        node = 0
        following, shorter, ended = self._next, self._shorter, self._ended
        for symbol in text:
            while node and symbol not in following[node]:
                node = shorter[node]
            node = following[node].get(symbol, 0)
            end = ended[node]
            while end and end not in ends:  # once it is, so are those that follow from it
                ends.add(end)
                end = ended[shorter[end]]
        return {meaning for end in ends for meaning in self._meanings[end]}

    def _step(self, node: int, symbol: str) -> int:
        while node and symbol not in self._next[node]:
            node = self._shorter[node]
        return self._next[node].get(symbol, 0)
