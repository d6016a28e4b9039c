"""`python -m tests.faults.serve …` is `manage.py …` with a server that can be made to fail.

`FAULTS_CONTROL` names its control file. The clock is replaced here, before anything keeps a
reference to it; the rest is in `tests.faults.apps`.
"""

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from tests.faults.control import Control

control = Control(Path(os.environ["FAULTS_CONTROL"]))


def shift_clock() -> None:
    """Step the time of day as the control says. `time.monotonic` stays, as on a real machine."""
    real_time = time.time
    patch("time.time", lambda: real_time() + control.clock_ahead).start()

    from django.utils import timezone

    real_now = timezone.now

    def now() -> datetime:
        return real_now() + timedelta(seconds=control.clock_ahead)

    patch.object(timezone, "now", now).start()


if __name__ == "__main__":
    shift_clock()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.faults.settings"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
