import { part, setText } from "../lib/dom.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { formatClock } from "../lib/time.js";
import { pathOf, thinned, widthOf } from "./waveform.js";

const SPEEDS = [1, 1.5, 2];
const BARS = 48;
const FLAT = Array(BARS).fill(0);

/** The listener's choice, for all players of the page. */
let speed = 1;

/**
 * A recording or a song: play, a waveform to seek in, speed and time. Nothing is loaded before it is
 * played, and yet its length is shown, which the browsers' own players can't.
 */
export class VoicePlayer {
  #node;
  #audio;
  #slider;
  #duration;
  #frame = 0;
  #isSeeking = false;
  #words;

  /**
   * @param {HTMLElement} node a copy of _voice.html
   * @param {{url: string, duration: number | null, peaks: number[] | null}} recording
   * @param {string} [words] what its button does
   */
  constructor(node, { url, duration, peaks }, words = gettext("Play voice message")) {
    this.#node = node;
    this.#words = words;
    this.#audio = /** @type {HTMLAudioElement} */ (node.querySelector("audio"));
    this.#slider = /** @type {HTMLInputElement} */ (part(node, "voice-slider"));
    this.#duration = duration ?? 0;
    this.#audio.src = url;
    this.#drawBars(thinned(peaks?.length ? peaks : FLAT, BARS));
    drawSpeed(part(node, "voice-speed"));
    this.#listen();
    this.#draw();
  }

  /** @param {number[]} bars */
  #drawBars(bars) {
    for (const name of ["voice-bars", "voice-played"]) {
      const drawing = part(this.#node, name);
      drawing.setAttribute("viewBox", `0 0 ${widthOf(bars)} 100`);
      drawing.querySelector("path")?.setAttribute("d", pathOf(bars));
    }
  }

  #listen() {
    const audio = this.#audio;
    part(this.#node, "voice-play").addEventListener("click", () => this.#toggle());
    part(this.#node, "voice-speed").addEventListener("click", () => this.#faster());
    this.#slider.addEventListener("input", () => this.#seek());
    this.#slider.addEventListener("change", () => {
      this.#isSeeking = false;
    });
    for (const type of ["play", "pause", "timeupdate", "seeked"])
      audio.addEventListener(type, () => this.#draw());
    audio.addEventListener("playing", () => this.#follow());
    audio.addEventListener("durationchange", () => this.#learnDuration());
    audio.addEventListener("ended", () => this.#rewind());
    audio.addEventListener("error", () => this.#fail());
  }

  async #toggle() {
    const audio = this.#audio;
    if (!audio.paused) return audio.pause();
    setText(part(this.#node, "voice-trouble"), "");
    // Each is as fast as the last one that was set.
    audio.playbackRate = speed;
    if (audio.error) audio.load();
    try {
      await audio.play();
    } catch (error) {
      // Another one was started meanwhile.
      if (/** @type {Error} */ (error).name !== "AbortError") this.#fail();
    }
  }

  #faster() {
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    this.#audio.playbackRate = speed;
    for (const button of document.querySelectorAll(".voice__speed")) drawSpeed(button);
  }

  #seek() {
    this.#isSeeking = true;
    this.#audio.currentTime = Number(this.#slider.value);
    this.#draw();
  }

  #rewind() {
    this.#audio.currentTime = 0;
    this.#draw();
  }

  /** What a browser recorded may not say how long it is. */
  #learnDuration() {
    const { duration } = this.#audio;
    if (Number.isFinite(duration) && duration > 0) this.#duration = duration;
    this.#draw();
  }

  #fail() {
    const words = navigator.onLine
      ? gettext("This can't be played in this browser. You can download it.")
      : gettext("You're offline. Play it when you're back online.");
    setText(part(this.#node, "voice-trouble"), words);
    this.#draw();
  }

  /** While it plays, the waveform moves with every frame, and not four times a second. */
  #follow() {
    cancelAnimationFrame(this.#frame);
    const step = () => {
      if (this.#audio.paused) return;
      this.#draw();
      this.#frame = requestAnimationFrame(step);
    };
    step();
  }

  #draw() {
    const { paused, currentTime } = this.#audio;
    const all = Math.max(this.#duration, 0.1);
    const at = Math.min(currentTime, all);
    const play = part(this.#node, "voice-play");
    const label = paused ? this.#words : gettext("Pause");
    if (play.ariaLabel !== label) play.ariaLabel = label;
    this.#node.classList.toggle("voice--playing", !paused);
    this.#node.style.setProperty("--played", String(at / all));
    const shown = paused && at === 0 ? all : at;
    setText(part(this.#node, "voice-time"), formatClock(shown));
    this.#drawSlider(at, all);
  }

  /** @param {number} at @param {number} all */
  #drawSlider(at, all) {
    const slider = this.#slider;
    if (slider.max !== String(all)) slider.max = String(all);
    if (!this.#isSeeking) slider.value = String(at);
    const words = gettext("%(time)s of %(all)s", { time: formatClock(at), all: formatClock(all) });
    if (slider.ariaValueText !== words) slider.ariaValueText = words;
  }
}

/** @param {Element} button */
function drawSpeed(button) {
  const times = `${formatNumber(speed)}×`;
  setText(button, times);
  button.ariaLabel = gettext("Speed: %(times)s", { times });
}
