"""Video and voice in Firefox and WebKit, which play and record other formats than Chromium."""

import base64

import pytest

from tests.browser.attaching import film
from tests.engines.reader import Reader

CHOOSE = """
const [name, type, content] = given;
const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
const data = new DataTransfer();
data.items.add(new File([bytes], name, { type }));
const input = document.querySelector("[data-part=attach-input]");
input.files = data.files;
input.dispatchEvent(new Event("change"));
"""
PLAY = """
const player = document.querySelector("article[data-state=sent] video[src]");
if (!player) return false;
player.muted = true;
player.play().catch(() => {});
return true;
"""
RECORDS = """
return ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"]
  .some((type) => globalThis.MediaRecorder?.isTypeSupported(type));
"""
HAS_PLAYED = """
const player = document.querySelector(`article[data-state=sent] ${given[0]}`);
return player.currentTime > 0.3 || player.ended;
"""


# A WebKitGTK that has played one video may not show the next.
@pytest.mark.parametrize("driver", ["firefox"], indirect=True)
def test_a_video_gets_a_poster_and_is_played(alice: Reader, room: str) -> None:
    alice.opens(room)
    sent = film()
    alice.run(CHOOSE, sent.name, "video/webm", base64.b64encode(sent.content).decode())
    alice.sees(".tray__file[data-state=ready]")
    alice.clicks("chat-composer textarea")
    alice.presses("Enter")
    alice.sees("article[data-state=sent] .attachment-line__facts", "0:04")
    alice.sees("article[data-state=sent] video[poster]")
    alice.waits(PLAY)
    alice.waits(HAS_PLAYED, "video")


def test_a_voice_message_is_recorded_and_heard_if_the_browser_records(
    alice: Reader, room: str
) -> None:
    alice.opens(room)
    alice.clicks("[data-part=record]")
    if not alice.run(RECORDS):  # WebKitGTK without its own encoders
        alice.sees("#toast")  # in the language of whichever test came before
        alice.sees_no(".recorder")
        return
    alice.sees(".recorder[data-state=recording] [data-part=recorder-time]", "0:01")
    alice.clicks("[data-record=stop]")
    alice.clicks("[data-record=send]")
    alice.sees("article[data-state=sent] .voice [data-part=voice-time]", "0:0")
    alice.clicks("article[data-state=sent] [data-part=voice-play]")
    alice.waits(HAS_PLAYED, "audio")
