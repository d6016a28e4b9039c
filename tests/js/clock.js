/** A clock that tests turn: due timers run in order, including those added meanwhile. */
export class TestClock {
  #now = 1_000_000;
  #timers = new Map();
  #ids = 0;

  now = () => this.#now;

  after = (run, ms) => {
    this.#ids += 1;
    this.#timers.set(this.#ids, { at: this.#now + ms, run });
    return this.#ids;
  };

  cancel = (timer) => this.#timers.delete(timer);

  /** Time passes and no timer runs, as on a sleeping machine. */
  sleeps(seconds) {
    this.#now += seconds * 1000;
  }

  async pass(seconds) {
    const until = this.#now + seconds * 1000;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= until);
      due.sort(([, a], [, b]) => a.at - b.at);
      if (!due.length) break;
      const [id, { at, run }] = due[0];
      this.#timers.delete(id);
      this.#now = at;
      run();
      await settled();
    }
    this.#now = until;
    await settled();
  }
}

/** Let promises that are already settled continue. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

export { MemoryStorage as TestStorage } from "../../static/js/lib/storage.js";

/** The shortest time in milliseconds: a busy machine only ever adds some. */
export async function quickest(act, tries = 5) {
  const times = [];
  for (let n = 0; n < tries; n += 1) {
    const started = performance.now();
    await act();
    times.push(performance.now() - started);
  }
  return Math.min(...times);
}
