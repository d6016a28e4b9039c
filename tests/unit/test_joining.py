"""The files that pages ask for are each one file, which does what its parts do."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from chatsite import assets
from chatsite.joining import JoinError, join_modules, join_sheets
from tests.processes import ROOT
from tests.services import need

MODULES = {
    "js/main.js": """
import {
  double as twice,
  log,
} from "./lib/sums.js";
import { EIGHT, NINE, Later } from "./later.js";
const own = 1;
log.push(`main ${twice(own)} ${EIGHT + NINE}`);
const { Late } = await_(import("./late.js"));
function await_(promise) {
  promise.then((late) => console.log(JSON.stringify([...log, new late.Late().says()])));
  return {};
}
""",
    "js/lib/sums.js": """
const own = 2;
export const log = ["sums"];
export function double(number) {
  return number * own;
}
""",
    "js/later.js": """
import { log } from "./lib/sums.js";
log.push("later");
export const [EIGHT, NINE] = [8, 9];
export async function never() {}
export class Later {}
""",
    "js/late.js": """
/** @typedef {import('./lib/types.js').Words} Words */
import { log } from "./lib/sums.js";
export class Late {
  #words = "late";
  says() {
    return `${this.#words} ${log.length}`;
  }
}
""",
}


def test_joined_modules_do_what_they_did_apart(tmp_path: Path) -> None:
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "joined.js").write_text(join_modules("js/main.js", MODULES.__getitem__))
    apart, joined = (run(tmp_path / name) for name in ("js/main.js", "joined.js"))
    assert json.loads(apart) == ["sums", "later", "main 2 17", "late 3"]
    assert joined == apart


def run(script: Path, *options: str) -> str:
    node = need("Node.js", shutil.which("node"))
    return subprocess.run(
        [node, *options, script], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize(
    "line",
    [
        "export default class {}",
        "export let changing = 1;",
        'export * from "./b.js";',
        'import * as b from "./b.js";',
        'import b from "./b.js";',
        "await something();",
    ],
)
def test_what_can_not_be_joined_is_refused_by_name(line: str) -> None:
    with pytest.raises(JoinError, match=re.escape(line)):
        join_modules("js/a.js", {"js/a.js": f"const a = 1;\n{line}\n"}.__getitem__)


def test_modules_that_import_each_other_are_refused() -> None:
    modules = {
        "js/a.js": 'import { b } from "./b.js";',
        "js/b.js": 'import { a } from "./a.js";',
    }
    with pytest.raises(JoinError, match=r"js/a\.js → js/b\.js → js/a\.js"):
        join_modules("js/a.js", modules.__getitem__)


def test_sheets_are_joined_in_their_order() -> None:
    sheets = {"css/all.css": '@import "b.css";\n@import "a.css";\np {}', "css/a.css": "a {}"}
    sheets["css/b.css"] = "b {}"
    assert join_sheets("css/all.css", sheets.__getitem__) == "b {}\na {}\np {}"


@pytest.mark.parametrize("entry", [name for name in assets.ENTRIES if name.endswith(".js")])
def test_the_scripts_that_are_sent_can_be_read_as_modules(tmp_path: Path, entry: str) -> None:
    script = tmp_path / "joined.mjs"
    script.write_text(assets.joined(entry))
    run(script, "--check")


def test_every_style_sheet_is_sent() -> None:
    alone = {name.removeprefix("css/") for name in assets.ENTRIES}
    sheets = {path.name for path in (ROOT / "static/css").glob("*.css")} - alone
    named = [line.split('"')[1] for line in assets.read("css/site.css").splitlines()[1:]]
    assert sorted(named) == sorted(sheets)


def test_licences_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "/*! Their licence. */\n/* Our reason. */\n"
    monkeypatch.setattr(assets, "read", lambda name: text)
    for entry in ("js/a.js", "css/a.css"):
        assert "Their licence." in assets.joined(entry)
        assert "Our reason." not in assets.joined(entry)
