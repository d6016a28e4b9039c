const STALL_MS = 60_000; // without a byte: a tunnel leaves a request hanging for ever

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} address
 * @property {Record<string, string>} headers
 * @property {Blob} [body]
 * @property {AbortSignal} [signal]
 * @property {(sent: number) => void} [progress] in bytes of the body
 * @typedef {object} Answer
 * @property {number} status 0: the server wasn't reached, or nobody wants the answer any more
 * @property {(name: string) => string | null} header
 * @property {string} text
 */

/**
 * Send a request. `fetch` doesn't say how much of a body is on its way.
 *
 * @param {Request} request
 * @returns {Promise<Answer>}
 */
export function send({ method, address, headers, body, signal, progress }) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    /** @type {any} */ let stall = null;
    const abort = () => request.abort();
    const watch = () => {
      clearTimeout(stall);
      stall = setTimeout(abort, STALL_MS);
    };
    request.open(method, address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      watch();
      progress?.(loaded);
    };
    request.onloadend = () => {
      clearTimeout(stall);
      signal?.removeEventListener("abort", abort);
      const { status, responseText: text } = request;
      resolve({ status, text, header: (name) => request.getResponseHeader(name) });
    };
    signal?.addEventListener("abort", abort);
    watch();
    request.send(body ?? null);
    if (signal?.aborted) abort();
  });
}

/** The token that every request that changes something carries: scripts can't read its cookie. */
export function csrfToken() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : "";
}
