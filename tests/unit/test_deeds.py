"""What moderators read of what was done."""

import ast
from collections.abc import Iterator

from django.conf import settings

from rooms.admin.deeds import DEEDS


def test_every_action_that_is_recorded_has_a_name() -> None:
    found = {
        constant.value
        for path in (settings.BASE_DIR / "rooms").rglob("*.py")
        for action in _actions(ast.parse(path.read_text()))
        for constant in ast.walk(action)
        if isinstance(constant, ast.Constant)
    }
    assert found == set(DEEDS)


def _actions(module: ast.Module) -> Iterator[ast.expr]:
    """What is given to `audit.record`, in the call or by a variable; a column is none."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("audit.record"):
            yield node.args[0]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "action":
            yield from () if isinstance(node.value, ast.Call) else (node.value,)
