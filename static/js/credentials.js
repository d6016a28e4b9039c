/**
 * What WebAuthn speaks in bytes, and a form in JSON: the encodings of
 * https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON, which not every browser has.
 *
 * @typedef {{ id: string, type: PublicKeyCredentialType }} Described
 */

/** @param {ArrayBuffer} buffer */
export function toText(buffer) {
  const characters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text */
export function toBytes(text) {
  const characters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(characters, (one) => one.charCodeAt(0));
}

/** @param {Described[]} [list] */
const described = (list = []) => list.map((one) => ({ ...one, id: toBytes(one.id) }));

/**
 * What a new passkey is made of. It is kept on the device if that can, so that it can log in by
 * itself; a plain security key serves as well, as a second factor.
 *
 * @param {any} json
 * @returns {PublicKeyCredentialCreationOptions}
 */
export function creationOptions(json) {
  return {
    ...json,
    challenge: toBytes(json.challenge),
    user: { ...json.user, id: toBytes(json.user.id) },
    excludeCredentials: described(json.excludeCredentials),
    authenticatorSelection: {
      ...json.authenticatorSelection,
      residentKey: "preferred",
      requireResidentKey: false,
    },
  };
}

/**
 * What a passkey has to sign.
 *
 * @param {any} json
 * @returns {PublicKeyCredentialRequestOptions}
 */
export function requestOptions(json) {
  return {
    ...json,
    challenge: toBytes(json.challenge),
    allowCredentials: described(json.allowCredentials),
  };
}

/** @param {any} credential as the browser made it */
export function credentialJson(credential) {
  /** @type {Record<string, unknown>} */
  const response = {};
  for (const name of [
    "clientDataJSON",
    "attestationObject",
    "authenticatorData",
    "signature",
    "userHandle",
  ]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}
