/** A clock that tests turn: what is due runs in order, whatever runs adds more. */
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

  /** Time goes on and no timer runs, as on a machine that is asleep. */
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

/** Lets promises that are already decided run on. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

export { MemoryStorage as TestStorage } from "../../static/js/lib/storage.js";

/** Milliseconds that it takes when nothing is in its way: a busy machine only ever adds some. */
export async function quickest(act, tries = 5) {
  const times = [];
  for (let n = 0; n < tries; n += 1) {
    const started = performance.now();
    await act();
    times.push(performance.now() - started);
  }
  return Math.min(...times);
}
