import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, MemoryStorage, storageOf } from "../../static/js/lib/storage.js";

test("memory replaces a storage that the browser denies or doesn't have", () => {
  const denied = Object.defineProperty({}, "localStorage", {
    get() {
      throw new DOMException("Denied", "SecurityError");
    },
  });
  for (const world of [denied, { localStorage: null }, {}]) {
    const storage = storageOf("localStorage", world);
    storage.setItem("key", "value");
    assert.equal(storage.getItem("key"), "value");
    assert.deepEqual([storage.length, storage.key(0)], [1, "key"]);
    storage.removeItem("key");
    assert.deepEqual([storage.length, storage.getItem("key")], [0, null]);
  }
});

test("the browser's own storage is used if there is one", () => {
  const localStorage = new MemoryStorage();
  assert.equal(storageOf("localStorage", { localStorage }), localStorage);
});

test("a full storage throws nothing", () => {
  const full = {
    setItem() {
      throw new DOMException("Full", "QuotaExceededError");
    },
  };
  assert.equal(keep(full, "key", "value"), false);
  assert.equal(keep(new MemoryStorage(), "key", "value"), true);
});
