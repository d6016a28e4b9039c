"""The bundled files that pages load behave as their parts do."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from chatsite import assets
from chatsite.bundling import JoinError, join_modules, join_sheets, split_modules
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
tell();
async function tell() {
  const [{ Late }, { last }] = await Promise.all([import("./late.js"), import("./last.js")]);
  await last();
  console.log(JSON.stringify([...log, new Late().says()]));
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
import { both } from "./both.js";
both("late");
export class Late {
  #words = "late";
  says() {
    return `${this.#words} ${log.length}`;
  }
}
""",
    "js/last.js": """
import { both } from "./both.js";
import { own } from "./own.js";
export async function last() {
  both(`last ${own}`);
  (await import("./late.js")).Late;
  (await import("./later.js")).EIGHT;
  (await import("./own.js")).own;
}
""",
    "js/own.js": "export const own = 'own';",
    "js/both.js": """
import { log } from "./lib/sums.js";
log.push("both");
export const both = (word) => log.push(word);
""",
}
SAID = ["sums", "later", "main 2 17", "both", "late", "last own", "late 6"]


@pytest.fixture
def apart(tmp_path: Path) -> Path:
    write(tmp_path, MODULES | {"package.json": '{"type": "module"}'})
    return tmp_path


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_joined_modules_behave_as_they_did_apart(apart: Path) -> None:
    (apart / "joined.js").write_text(join_modules("js/main.js", MODULES.__getitem__))
    assert json.loads(run(apart / "js/main.js")) == SAID
    assert json.loads(run(apart / "joined.js")) == SAID


def test_chunks_hold_each_module_once_and_behave_as_the_modules_did(apart: Path) -> None:
    text, chunks = split_modules("js/main.js", MODULES.__getitem__, lambda name, text: name)
    assert {*chunks} == {"js/late.js", "js/last.js", "js/own.js", "js/both.js"}
    files = {**chunks, "js/main.js": text}
    shutil.rmtree(apart / "js")
    write(apart, files)
    assert json.loads(run(apart / "js/main.js")) == SAID


def test_a_chunk_that_is_here_stays_after_another_could_not_be_loaded(apart: Path) -> None:
    modules = {
        "js/main.js": """
tell();
async function tell() {
  await import("./kept.js");
  await import("./gone.js").catch(() => console.log("gone"));
  (await import("node:fs")).rmSync(new URL("./kept.js", import.meta.url));
  console.log((await import("./kept.js")).word);
}
""",
        "js/kept.js": "export const word = 'kept';",
        "js/gone.js": "export const word = 'gone';",
    }
    text, chunks = split_modules("js/main.js", modules.__getitem__, lambda name, text: name)
    del chunks["js/gone.js"]
    shutil.rmtree(apart / "js")
    write(apart, {**chunks, "js/main.js": text})
    assert run(apart / "js/main.js").split() == ["gone", "kept"]


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
def test_a_module_that_cannot_be_joined_is_refused_by_name(line: str) -> None:
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
def test_the_served_scripts_parse_as_modules(tmp_path: Path, entry: str) -> None:
    for number, text in enumerate(assets.files_of(entry, lambda name, text: name).values()):
        script = tmp_path / f"{number}.mjs"
        script.write_text(text)
        run(script, "--check")


def test_every_style_sheet_is_served() -> None:
    alone = {name.removeprefix("css/") for name in assets.ENTRIES}
    sheets = {path.name for path in (ROOT / "static/css").glob("*.css")} - alone
    named = [line.split('"')[1] for line in assets.read("css/site.css").splitlines()[1:]]
    assert sorted(named) == sorted(sheets)


def test_licences_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "/*! Their licence. */\n/* Our reason. */\n"
    monkeypatch.setattr(assets, "read", lambda name: text)
    for entry in ("js/a.js", "css/a.css"):
        files = assets.files_of(entry, lambda name, text: name)
        assert "Their licence." in files[entry]
        assert "Our reason." not in files[entry]
