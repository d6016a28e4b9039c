import { Emitter } from "../lib/emitter.js";
import { fileName, formatFor, levelOf, MOST_SECONDS, peaksOf } from "./recording.js";

const LOOK_MS = 50; // between two looks at the loudness
const BITS = 40_000; // per second: speech needs no more
const SOUND = {
  channelCount: 1,
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** @typedef {{file: File, duration: number, peaks: number[]}} Recording */

/**
 * Records the microphone. `level` tells the loudness of each moment, `over` that the time is up.
 *
 * @extends {Emitter<{level: number, over: null}>}
 */
export class Recorder extends Emitter {
  /** @type {number[]} */ #levels = [];
  /** @type {Blob[]} */ #parts = [];
  #began = 0;
  /** @type {any} */ #timer = null;
  #stream;
  #context;
  #analyser;
  #recorder;
  #format;

  /**
   * Ask for the microphone and begin. Rejects with the browser's error if there is none or it isn't
   * allowed.
   */
  static async begin() {
    const format = formatFor((type) => globalThis.MediaRecorder?.isTypeSupported(type) ?? false);
    if (!format || !navigator.mediaDevices) throw new DOMException("", "NotSupportedError");
    return new Recorder(await navigator.mediaDevices.getUserMedia({ audio: SOUND }), format);
  }

  /** @param {MediaStream} stream @param {NonNullable<ReturnType<typeof formatFor>>} format */
  constructor(stream, format) {
    super();
    this.#stream = stream;
    this.#format = format;
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    this.#recorder = new MediaRecorder(stream, {
      mimeType: format.type,
      audioBitsPerSecond: BITS,
    });
    this.#recorder.addEventListener("dataavailable", ({ data }) => this.#parts.push(data));
    this.#recorder.start();
    this.#began = performance.now();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  get seconds() {
    return (performance.now() - this.#began) / 1000;
  }

  /** The loudness so far, by moments. */
  get levels() {
    return this.#levels;
  }

  #look() {
    const samples = new Float32Array(this.#analyser.fftSize);
    this.#analyser.getFloatTimeDomainData(samples);
    const level = levelOf(samples);
    this.#levels.push(level);
    this.emit("level", level);
    if (this.seconds >= MOST_SECONDS) this.emit("over", null);
  }

  /** End it. @returns {Promise<Recording>} */
  async stop() {
    const duration = Math.min(MOST_SECONDS, this.seconds);
    const ended = new Promise((resolve) => this.#recorder.addEventListener("stop", resolve));
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    else this.#recorder.dispatchEvent(new Event("stop"));
    await ended;
    this.cancel();
    const [type] = this.#format.type.split(";");
    const file = new File(this.#parts, fileName(new Date(), this.#format.extension), { type });
    return { file, duration: Math.round(duration * 10) / 10, peaks: peaksOf(this.#levels) };
  }

  /** Let go of the microphone. */
  cancel() {
    clearInterval(this.#timer);
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    for (const track of this.#stream.getTracks()) track.stop();
    if (this.#context.state !== "closed") this.#context.close();
  }
}
