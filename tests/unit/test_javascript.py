"""The scripts' own tests, run from here so that one command runs everything."""

import shutil
import subprocess

from tests.processes import ROOT
from tests.services import need


def test_the_scripts_pass_their_tests() -> None:
    node = need("Node.js", shutil.which("node"))
    command = [node, "--test", "tests/js/"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 0" not in done.stdout, "no test was found"
