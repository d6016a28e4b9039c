import { part } from "../lib/dom.js";
import { later } from "../lib/later.js";

/** @typedef {import('../media/recorder.js').Recording} Recording */

/**
 * The button that records a voice message: pressed, or held for as long as one speaks. The recorder
 * is loaded with the first press.
 *
 * @param {HTMLElement} composer
 * @param {object} world
 * @param {(recording: Recording) => void} world.send
 * @param {AbortSignal} world.signal the room is left
 */
export function wireVoiceButton(composer, { send, signal }) {
  const button = part(composer, "record");
  const recorder = later(async () => {
    const { VoiceRecorder } = await import("./voice-recorder.js");
    return new VoiceRecorder(composer, { take: send, signal });
  }, signal);
  let isPressed = false; // by a pointer, whose click follows
  button.addEventListener("pointerdown", async ({ button: which }) => {
    if (which !== 0) return;
    isPressed = true;
    (await recorder())?.press();
  });
  button.addEventListener("click", async () => {
    const byPointer = isPressed;
    isPressed = false;
    const loaded = await recorder();
    if (byPointer) loaded?.release();
    else loaded?.press();
  });
  // A finger that slips off the button has let it go as well.
  button.addEventListener("pointercancel", () => {
    isPressed = false;
  });
  // Holding it on a touch screen is no long press.
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}
