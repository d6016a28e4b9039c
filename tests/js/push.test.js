import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Refusal, subscribe } from "../../static/js/notifications/push.js";

/** A browser with a push service, and a site that refuses some of its addresses. */
class World {
  current = "https://push.example.net/1";
  #count = 1;
  refused = new Map(); // the status by the address
  told = [];

  subscription() {
    const endpoint = this.current;
    return {
      endpoint,
      options: { applicationServerKey: new ArrayBuffer(0) },
      toJSON: () => ({ endpoint }),
      unsubscribe: async () => {
        this.current = "";
      },
    };
  }

  pushManager = {
    getSubscription: async () => (this.current ? this.subscription() : null),
    subscribe: async () => {
      this.#count += 1;
      this.current = `https://push.example.net/${this.#count}`;
      return this.subscription();
    },
  };

  fetch = async (address, { body } = {}) => {
    if (address === "/push/key") return Response.json({ key: "", token: "t" });
    const { endpoint } = JSON.parse(body);
    this.told.push(endpoint);
    return new Response(null, { status: this.refused.get(endpoint) ?? 201 });
  };
}

let world;

beforeEach(() => {
  world = new World();
  const serviceWorker = { ready: Promise.resolve({ pushManager: world.pushManager }) };
  const fakes = { navigator: { serviceWorker }, fetch: world.fetch };
  for (const [name, value] of Object.entries(fakes))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
});

test("a browser that the site knows keeps its address", async () => {
  const { subscription } = await subscribe();
  assert.equal(subscription.endpoint, "https://push.example.net/1");
  assert.deepEqual(world.told, ["https://push.example.net/1"]);
});

test("an address that its push service has given up is replaced", async () => {
  world.refused.set("https://push.example.net/1", 409);
  const { subscription } = await subscribe();
  assert.equal(subscription.endpoint, "https://push.example.net/2");
  assert.deepEqual(world.told, ["https://push.example.net/1", "https://push.example.net/2"]);
});

test("it is replaced once, and not for any other refusal", async () => {
  for (const number of [1, 2, 3]) world.refused.set(`https://push.example.net/${number}`, 409);
  await assert.rejects(subscribe(), Refusal);
  assert.equal(world.told.length, 2);
  world = Object.assign(world, { told: [] });
  world.refused.set(world.current, 429);
  await assert.rejects(subscribe(), Refusal);
  assert.deepEqual(world.told, [world.current]);
});
