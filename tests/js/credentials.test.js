import assert from "node:assert/strict";
import { test } from "node:test";

import {
  creationOptions,
  credentialJson,
  requestOptions,
  toBytes,
  toText,
} from "../../static/js/credentials.js";

const bytes = (...list) => new Uint8Array(list);

test("bytes become text that fits into an address, and come back", () => {
  assert.equal(toText(bytes(251, 255, 254).buffer), "-__-");
  assert.equal(toText(bytes(1).buffer), "AQ");
  for (const list of [[], [0], [1, 2], [251, 255, 254], [9, 8, 7, 6]]) {
    assert.deepEqual(toBytes(toText(bytes(...list).buffer)), bytes(...list));
  }
});

test("a passkey is made of bytes, on a device that can keep it, and not twice", () => {
  const made = creationOptions({
    challenge: "AQI",
    rp: { id: "chat.example.com", name: "Chatsite" },
    user: { id: "Aw", name: "bob", displayName: "Bob" },
    excludeCredentials: [{ id: "BA", type: "public-key" }],
    authenticatorSelection: { userVerification: "preferred", requireResidentKey: true },
  });
  assert.deepEqual(made.challenge, bytes(1, 2));
  assert.deepEqual(made.user.id, bytes(3));
  assert.deepEqual(made.excludeCredentials, [{ id: bytes(4), type: "public-key" }]);
  assert.deepEqual(made.authenticatorSelection, {
    userVerification: "preferred",
    residentKey: "preferred",
    requireResidentKey: false,
  });
});

test("what is signed names the passkeys that may sign, or none", () => {
  assert.deepEqual(requestOptions({ challenge: "AQI" }).allowCredentials, []);
  const asked = requestOptions({
    challenge: "AQI",
    allowCredentials: [{ id: "BA", type: "public-key" }],
  });
  assert.deepEqual(asked.allowCredentials, [{ id: bytes(4), type: "public-key" }]);
});

test("a signature is sent as JSON, without what the device left out", () => {
  const sent = JSON.parse(
    credentialJson({
      id: "BA",
      rawId: bytes(4).buffer,
      type: "public-key",
      getClientExtensionResults: () => ({ credProps: { rk: true } }),
      response: {
        clientDataJSON: bytes(1).buffer,
        authenticatorData: bytes(2).buffer,
        signature: bytes(3).buffer,
        userHandle: null,
      },
    }),
  );
  assert.deepEqual(sent, {
    id: "BA",
    rawId: "BA",
    type: "public-key",
    authenticatorAttachment: null,
    clientExtensionResults: { credProps: { rk: true } },
    response: { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw" },
  });
});
