"""Files in messages, sent as the composer sends them, without its clicks; and what they hold."""

import base64
import io
import math
import struct
import wave
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests.browser.person import Person
from tests.corpus import element

POST = """
async ([room, body, files]) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const attachments = [];
  for (const { content, ...facts } of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const pairs = Object.entries({ room, ...facts });
    const headers = { "x-csrftoken": token, "tus-resumable": "1.0.0" };
    const begun = await fetch("/files/", { method: "POST", headers: { ...headers,
      "upload-length": `${bytes.length}`,
      "upload-metadata": pairs.map(([name, value]) => `${name} ${base64(value)}`).join() } });
    if (begun.status !== 201) throw new Error(`${begun.status} ${await begun.text()}`);
    const place = begun.headers.get("location");
    const added = await fetch(place, { method: "PATCH", body: bytes, headers: { ...headers,
      "content-type": "application/offset+octet-stream", "upload-offset": "0" } });
    if (added.status !== 204) throw new Error(`${added.status} ${await added.text()}`);
    attachments.push(place.split("/").at(-1));
  }
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws/`);
  const answer = await new Promise((done) => {
    socket.onmessage = ({ data }) => {
      const said = JSON.parse(data);
      if (said.type === "welcome") socket.send(JSON.stringify({ type: "message.post", ref: "1",
        room, nonce: crypto.randomUUID(), body, attachments }));
      if (said.ref === "1") done(said);
    };
  });
  socket.close();
  if (answer.type !== "ok") throw new Error(JSON.stringify(answer));
  return answer.message.number;
}
"""


@dataclass
class Sent:
    """A file to send: its name, its bytes, and what else is said of it."""

    name: str
    content: bytes
    facts: dict[str, str] = field(default_factory=dict)

    def packed(self) -> dict[str, str]:
        content = base64.b64encode(self.content).decode()
        return {"filename": self.name, "content": content, **self.facts}


def posts_files(person: Person, room: str, body: str, *files: Sent) -> int:
    """Post a message with files from the person's open page; return its number."""
    arguments: list[Any] = [room, body, [file.packed() for file in files]]
    return int(person.page.evaluate(POST, arguments))


def picture(name: str = "lake.jpg", size: tuple[int, int] = (800, 600), alt: str = "") -> Sent:
    buffer = io.BytesIO()
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.save(buffer, "PNG" if name.endswith("png") else "JPEG")
    return Sent(name, buffer.getvalue(), {"alt": alt} if alt else {})


def animation(name: str = "dance.gif") -> Sent:
    frames = [Image.new("RGB", (200, 120), colour) for colour in ("teal", "gold", "plum")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=200, loop=0)
    return Sent(name, buffer.getvalue())


def sound(name: str = "song.wav", seconds: int = 5, **facts: str) -> Sent:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = (int(9000 * math.sin(at / 9)) for at in range(8000 * seconds))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return Sent(name, buffer.getvalue(), facts)


def film(name: str = "film.webm", size: tuple[int, int] = (320, 180), seconds: int = 4) -> Sent:
    """A video that browsers play: black for the first half second, then teal. A lossy WebP holds a
    frame of VP8, so nothing is encoded but two pictures."""
    black, teal = (_vp8_frame(colour, size) for colour in ("black", "teal"))
    times = range(0, 1000 * seconds, 250)
    blocks = [
        element(0xA3, b"\x81", struct.pack(">h", at), b"\x80", black if at < 500 else teal)
        for at in times
    ]
    kinds = {0x4286: b"\1", 0x42F7: b"\1", 0x42F2: b"\4", 0x42F3: b"\x08", 0x4282: b"webm"}
    kinds |= {0x4287: b"\2", 0x4285: b"\2"}
    head = element(0x1A45DFA3, *(element(mark, value) for mark, value in kinds.items()))
    info = element(
        0x1549A966,
        element(0x2AD7B1, (1_000_000).to_bytes(3, "big")),  # ns: times are in milliseconds
        element(0x4489, struct.pack(">d", 1000.0 * seconds)),
        element(0x4D80, b"tests"),
        element(0x5741, b"tests"),
    )
    width, height = (side.to_bytes(2, "big") for side in size)
    picture = element(0xE0, element(0xB0, width), element(0xBA, height))
    parts = {0xD7: b"\1", 0x73C5: b"\1", 0x83: b"\1", 0x86: b"V_VP8"}
    track = element(0xAE, *(element(mark, value) for mark, value in parts.items()), picture)
    cluster = element(0x1F43B675, element(0xE7, b"\0"), *blocks)
    return Sent(name, head + element(0x18538067, info, element(0x1654AE6B, track), cluster))


def _vp8_frame(colour: str, size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "WEBP", quality=80)
    content = buffer.getvalue()
    assert content[12:16] == b"VP8 "
    return content[20 : 20 + int.from_bytes(content[16:20], "little")]
