import { Emitter } from "../../static/js/lib/emitter.js";

/** What Store promises, in memory, with a disk that can be full, slow or denied. */
export class TestStore {
  posts = new Map();
  drafts = new Map();
  deletions = new Map();
  readings = new Map();
  files = new Map();
  contents = new Map();
  broken = false;
  full = false; // for files, not for texts
  /** @type {Promise<void> | null} until then nothing is written */
  slow = null;

  #last = Promise.resolve();

  read = (name, user) => this.#inTurn(() => this.#read(name, user));

  write = (steps) => this.#inTurn(() => this.#write(steps));

  /** Like transactions, in the order of the calls. */
  #inTurn(run) {
    const turn = this.#last.then(() => this.slow).then(run);
    this.#last = turn;
    return turn;
  }

  #read(name, user) {
    if (this.broken) return null;
    const records = [...this[name].values()].filter((record) => record.user === user);
    return records.map((record) => structuredClone(record));
  }

  #write(steps) {
    if (this.broken || (this.full && steps.some(({ store, put }) => put && store === "contents")))
      return false;
    for (const { store, put, remove, clear } of steps) {
      const records = this[store];
      if (clear) records.clear();
      if (!put && !remove) continue;
      const key = put ? [put.user, put.room, put.nonce ?? put.key ?? put.number] : remove;
      const name = key.filter((part) => part !== undefined).join("/");
      if (put) records.set(name, structuredClone(put));
      else records.delete(name);
    }
    return true;
  }
}

/** Tabs of one browser: call `new Browser().tab()` any number of times. */
export class Browser {
  tabs = [];

  tab() {
    const tab = new TestTab(this);
    this.tabs.push(tab);
    return tab;
  }

  lead(tab) {
    const before = this.tabs.find(({ leads }) => leads);
    if (before === tab) return;
    before?.become(false);
    tab?.become(true);
  }
}

/** What Tabs promises. */
class TestTab extends Emitter {
  leads = false;

  constructor(browser) {
    super();
    this.browser = browser;
  }

  join = () => {
    if (!this.browser.tabs.some(({ leads }) => leads)) this.take();
  };

  take = () => this.browser.lead(this);

  tell = (words) => {
    for (const tab of this.browser.tabs) if (tab !== this) tab.emit("said", structuredClone(words));
  };

  /** Killed: it hears and sends nothing any more, and the next in the queue leads. */
  die = () => {
    const { browser, leads } = this;
    browser.tabs = browser.tabs.filter((tab) => tab !== this);
    this.tell = () => {};
    if (leads) browser.lead(browser.tabs[0]);
  };

  become = (leads) => {
    this.leads = leads;
    this.emit("lead", leads);
  };
}
