"""The suite keeps its own rules: every folder has a budget, and what starts a server is known."""

from pathlib import Path

from tests import budget, factories
from tests.browser.site import EmptySite
from tests.reach import leads_to_server
from tests.site import serving


def test_every_folder_has_a_budget() -> None:
    folders = {path.parent.name for path in budget.HERE.glob("*/test_*.py")}
    assert folders == budget.allowances().keys()


def test_what_starts_a_server_is_found_however_far_away() -> None:
    def directly(folder: Path) -> None:
        with serving(folder):
            pass

    def by_a_method(folder: Path) -> None:
        EmptySite(folder).start()

    def by_name_alone() -> None:
        factories.make_user("serving")

    assert [leads_to_server(one) for one in (directly, by_a_method, by_name_alone)] == [
        True,
        True,
        False,
    ]
