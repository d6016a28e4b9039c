"""`python -m tests.integration.search_machine` plays the machine of `test_search_machine.py` on the
database of the environment, which may be PostgreSQL."""

import django

django.setup()

from tests.hostile.fuzz import examples  # noqa: E402
from tests.integration.test_search_machine import EXAMPLES, plays, sequences  # noqa: E402

SHARE = 5  # SQLite plays all examples, this one every fifth

if __name__ == "__main__":
    examples(EXAMPLES // SHARE)(sequences(plays))()
