const WORD = /[\p{L}\p{N}\p{M}_]/u;

/** @typedef {[start: number, end: number]} Range */

/**
 * Where a rendered text shows what was found in the message as it was typed. A text that occurs as
 * often in both is marked where it was found; otherwise, as in an address that a link hides, only
 * where its neighbours are of the same kind.
 *
 * @param {string} body as it was typed
 * @param {Range[]} ranges in the body
 * @param {string} shown
 * @returns {Range[]} in `shown`, sorted, not overlapping
 */
export function rangesShown(body, ranges, shown) {
  /** @type {Map<string, number[]>} */ const wanted = new Map();
  for (const [start, end] of ranges) {
    const found = body.slice(start, end);
    wanted.set(found, [...(wanted.get(found) ?? []), start]);
  }
  /** @type {Range[]} */ const marks = [];
  for (const [found, starts] of wanted) {
    const before = occurrences(body, found);
    const after = occurrences(shown, found);
    const isSame = before.length === after.length;
    const kinds = new Set(starts.map((start) => beginsWord(body, start)));
    for (const [n, start] of after.entries()) {
      const isMeant = isSame ? starts.includes(before[n]) : kinds.has(beginsWord(shown, start));
      if (isMeant) marks.push([start, start + found.length]);
    }
  }
  return merged(marks);
}

/** @param {string} text @param {string} found */
function occurrences(text, found) {
  /** @type {number[]} */ const all = [];
  if (!found) return all;
  for (let at = text.indexOf(found); at >= 0; at = text.indexOf(found, at + found.length))
    all.push(at);
  return all;
}

/** @param {string} text @param {number} at */
const beginsWord = (text, at) => !WORD.test(text[at - 1] ?? "");

/** @param {Range[]} ranges */
function merged(ranges) {
  /** @type {Range[]} */ const all = [];
  for (const [start, end] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = all.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else all.push([start, end]);
  }
  return all;
}

/**
 * Mark what was found in an element's text.
 *
 * @param {HTMLElement} element
 * @param {string} body as it was typed
 * @param {Range[]} ranges in the body
 */
export function mark(element, body, ranges) {
  unmark(element);
  if (ranges.length === 0) return;
  const texts = textsOf(element);
  const shown = texts.map(({ data }) => data).join("");
  const marks = rangesShown(body, ranges, shown);
  // From the end, so that what is before stays where it is.
  let end = shown.length;
  for (const text of texts.reverse()) {
    const start = end - text.data.length;
    for (const [from, to] of marks.toReversed())
      if (from < end && to > start)
        wrap(text, Math.max(from, start) - start, Math.min(to, end) - start);
    end = start;
  }
}

/** @param {HTMLElement} element */
function textsOf(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest(".message__edited, .code-language")
      ? NodeFilter.FILTER_REJECT
      : NodeFilter.FILTER_ACCEPT,
  );
  /** @type {Text[]} */ const all = [];
  while (walker.nextNode()) all.push(/** @type {Text} */ (walker.currentNode));
  return all;
}

/** @param {Text} text @param {number} start @param {number} end */
function wrap(text, start, end) {
  text.splitText(end);
  const found = text.splitText(start);
  const around = document.createElement("mark");
  found.replaceWith(around);
  around.append(found);
}

/** @param {HTMLElement} element */
function unmark(element) {
  for (const one of element.querySelectorAll("mark")) one.replaceWith(...one.childNodes);
  element.normalize();
}
