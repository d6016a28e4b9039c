"""The names under which moderators read recorded actions."""

import ast
from collections.abc import Iterator

from django.conf import settings

from rooms.admin.audit import ACTION_NAMES


def test_every_recorded_action_has_a_name() -> None:
    found = {
        constant.value
        for path in (settings.BASE_DIR / "rooms").rglob("*.py")
        for action in _actions(ast.parse(path.read_text()))
        for constant in ast.walk(action)
        if isinstance(constant, ast.Constant)
    }
    assert found == set(ACTION_NAMES)


def _actions(module: ast.Module) -> Iterator[ast.expr]:
    """Return the actions passed to `audit.record`, as literals or through a variable, without
    column names."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("audit.record"):
            yield node.args[0]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "action":
            yield from () if isinstance(node.value, ast.Call) else (node.value,)
