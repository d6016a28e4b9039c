"""Which tests start other programs: found in their code, so that no list has to be kept by hand."""

import functools
import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests.forkserver import fork_server
from tests.processes import running
from tests.services import PostgresServer, RedisServer
from tests.site import fresh

SERVERS = {running, fresh, fork_server, PostgresServer, RedisServer}


def starts_servers(item: pytest.Item) -> bool:
    """Whether the test or one of its fixtures leads to a server, or to another Python."""
    assert isinstance(item, pytest.Function)
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    used = [item.function, *(one.func for definitions in fixtures for one in definitions)]
    return any(map(leads_to_server, used))


@functools.cache
def leads_to_server(used: Any) -> bool:
    seen: set[Any] = set()
    waiting = [used]
    while waiting:
        one = waiting.pop()
        if one in SERVERS or "executable" in names_in(one):
            return True
        if one not in seen:
            seen.add(one)
            waiting += named_in(one)
    return False


@functools.cache
def named_in(used: Any) -> list[Any]:
    """The functions and classes of the tests that one of them names."""
    if inspect.isclass(used):
        return [*filter(is_of_tests, [*used.__bases__, *vars(used).values()])]
    names, known = names_in(used), getattr(inspect.unwrap(used), "__globals__", {})
    found = [known[name] for name in names & known.keys()]
    for module in filter(inspect.ismodule, found[:]):
        found += [vars(module)[name] for name in names & vars(module).keys()]
    return [*filter(is_of_tests, found)]


def names_in(used: Any) -> set[str]:
    """The names in a function's code. `sys.executable` is one of them where a Python is started."""
    function = inspect.unwrap(used)
    return {*names_of(function.__code__)} if inspect.isfunction(function) else set()


def names_of(code: CodeType) -> Iterator[str]:
    """Those that it looks up, and those of the functions inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_of(constant)


def is_of_tests(known: Any) -> bool:
    kinds = (FunctionType, type, type(named_in))  # the last: with `functools.cache`
    return isinstance(known, kinds) and known.__module__.startswith("tests.")
