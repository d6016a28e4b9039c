import { cloneTemplate, part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { formatClock } from "../lib/time.js";
import { say } from "../lib/toast.js";
import { Recorder } from "../media/recorder.js";
import { MOST_SECONDS, peaksOf } from "../media/recording.js";
import { VoicePlayer } from "../media/voice-player.js";
import { pathOf, widthOf } from "../media/waveform.js";

/** @typedef {import('../media/recorder.js').Recording} Recording */

const SHOWN = 40; // moments of the waveform: two seconds
const HELD_SECONDS = 0.6; // a button that is held longer is let go to stop
const LEAST_SECONDS = 0.5; // of a recording: less is a slip

const TROUBLES = /** @type {Record<string, string>} */ ({
  NotAllowedError: gettext(
    "This site may not use the microphone. Allow it in your browser's settings for this site, then try again.",
  ),
  NotFoundError: gettext("No microphone was found."),
  NotReadableError: gettext("The microphone is in use by another program."),
  NotSupportedError: gettext("This browser can't record here."),
});

/**
 * The recorder in the composer: press or hold the button, listen, then send or discard. Nothing is
 * sent before that.
 */
export class VoiceRecorder {
  /** @type {Recorder | null} */ #recorder = null;
  /** @type {Recording | null} */ #recording = null;
  #isBusy = false; // the microphone is being asked for, or let go
  #address = "";
  #element;
  #button;
  #take;

  /**
   * @param {HTMLElement} composer
   * @param {object} world
   * @param {(recording: Recording) => void} world.take it is to be sent
   * @param {AbortSignal} world.signal the room is left
   */
  constructor(composer, { take, signal }) {
    this.#element = part(composer, "recorder");
    this.#button = part(composer, "record");
    this.#take = take;
    this.#element.addEventListener("click", (event) => this.#click(event));
    this.#element.addEventListener("keydown", (event) => this.#key(event));
    signal.addEventListener("abort", () => this.#leave(), { once: true });
  }

  /** The button was pressed. */
  async press() {
    if (this.#recorder) return this.#stop();
    if (!this.#recording && !this.#isBusy) await this.#begin();
  }

  /** The button was let go: whoever held it has spoken. */
  release() {
    if (this.#recorder && this.#recorder.seconds >= HELD_SECONDS) this.#stop();
  }

  async #begin() {
    this.#isBusy = true;
    try {
      this.#recorder = await Recorder.begin();
    } catch (error) {
      const { name } = /** @type {Error} */ (error);
      say(TROUBLES[name] ?? TROUBLES.NotSupportedError);
      return;
    } finally {
      this.#isBusy = false;
    }
    this.#recorder.on("level", () => this.#drawLive());
    this.#recorder.on("over", () => this.#stop());
    this.#show("recording");
    this.#drawLive();
    this.#tell(gettext("Recording"));
  }

  async #stop() {
    const recorder = this.#recorder;
    if (!recorder) return;
    this.#recorder = null;
    this.#isBusy = true;
    const recording = await recorder.stop();
    this.#isBusy = false;
    if (recording.duration < LEAST_SECONDS) {
      this.#end();
      return say(gettext("Hold the button, or press it once, and speak."));
    }
    this.#recording = recording;
    this.#address = URL.createObjectURL(recording.file);
    const player = cloneTemplate(this.#element, "recording");
    new VoicePlayer(player, { ...recording, url: this.#address });
    part(this.#element, "recorder-player").replaceChildren(player);
    this.#show("recorded");
    this.#tell(gettext("Recorded, %(time)s", { time: formatClock(recording.duration) }));
    /** @type {HTMLElement} */ (this.#element.querySelector('[data-record="send"]')).focus();
  }

  #send() {
    const recording = this.#recording;
    this.#end();
    if (recording) this.#take(recording);
  }

  #discard() {
    this.#recorder?.cancel();
    this.#end();
    this.#button.focus();
  }

  /** What was said isn't lost by going to another room. */
  async #leave() {
    const recording = this.#recording ?? (await this.#recorder?.stop());
    this.#end();
    if (recording && recording.duration >= LEAST_SECONDS) this.#take(recording);
  }

  #end() {
    this.#recorder = null;
    this.#recording = null;
    part(this.#element, "recorder-player").replaceChildren();
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = "";
    this.#element.hidden = true;
    this.#button.setAttribute("aria-pressed", "false");
  }

  // Drawing

  /** @param {'recording' | 'recorded'} state */
  #show(state) {
    this.#element.hidden = false;
    this.#element.dataset.state = state;
    this.#button.setAttribute("aria-pressed", String(state === "recording"));
  }

  #drawLive() {
    const recorder = this.#recorder;
    if (!recorder) return;
    const left = MOST_SECONDS - recorder.seconds;
    const time = formatClock(recorder.seconds);
    const words = left > 10 ? time : gettext("%(seconds)s s left", { seconds: Math.ceil(left) });
    setText(part(this.#element, "recorder-time"), words);
    const levels = recorder.levels.slice(-SHOWN);
    const bars = [...Array(SHOWN - levels.length).fill(0), ...peaksOf(levels)];
    const drawing = part(this.#element, "recorder-bars");
    drawing.setAttribute("viewBox", `0 0 ${widthOf(bars)} 100`);
    drawing.querySelector("path")?.setAttribute("d", pathOf(bars));
  }

  /** @param {string} words */
  #tell(words) {
    setText(part(this.#element, "recorder-status"), words);
  }

  // What is pressed

  /** @param {MouseEvent} event */
  #click({ target }) {
    const button = /** @type {Element} */ (target).closest("[data-record]");
    const does = /** @type {HTMLElement | null} */ (button)?.dataset.record;
    if (does === "stop") this.#stop();
    if (does === "send") this.#send();
    if (does === "discard") this.#discard();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.#discard();
  }
}
