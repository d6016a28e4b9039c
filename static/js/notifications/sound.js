const NOTES = [880, 1174.66]; // Hz: a fourth
const LENGTH = 0.12; // seconds of each
const LOUDNESS = 0.08;

/** @type {AudioContext | null} */ let context = null;

/** Two short notes. Silent until the browser lets the page make sounds, after the first click in it. */
export async function ring() {
  context ??= new AudioContext();
  if (context.state === "suspended") await context.resume();
  NOTES.forEach((pitch, index) => {
    const { currentTime, destination } = /** @type {AudioContext} */ (context);
    const note = new OscillatorNode(/** @type {AudioContext} */ (context), { frequency: pitch });
    const fade = new GainNode(/** @type {AudioContext} */ (context), { gain: 0 });
    const begin = currentTime + index * LENGTH;
    fade.gain.setValueAtTime(LOUDNESS, begin);
    fade.gain.setTargetAtTime(0, begin, LENGTH / 2);
    note.connect(fade).connect(destination);
    note.start(begin);
    note.stop(begin + LENGTH * 2);
  });
}
