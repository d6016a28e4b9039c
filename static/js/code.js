const FENCE = /^ {0,3}(`{3,})([^`]*)$/;

/** Whether these lines leave a block of code open. @param {string} text */
export function isFenceOpen(text) {
  let fence = "";
  for (const line of text.split("\n")) {
    const [, marks, rest] = FENCE.exec(line) ?? [];
    if (!marks) continue;
    if (!fence) fence = marks;
    else if (marks.length >= fence.length && !rest.trim()) fence = "";
  }
  return fence !== "";
}

/**
 * Whether what is written here is code: in a fence, or after a '`' of this line that waits for its
 * other half.
 *
 * @param {string} text
 * @param {number} at
 */
export function isInCode(text, at) {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf("\n") + 1;
  if (isFenceOpen(before.slice(0, lineStart))) return true;
  let waiting = "";
  for (const [run] of before.slice(lineStart).matchAll(/`+/g)) {
    if (!waiting) waiting = run;
    else if (run === waiting) waiting = "";
  }
  return waiting !== "";
}
