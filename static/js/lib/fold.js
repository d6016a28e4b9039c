/**
 * Combining marks: accents around any letter, and the points of Hebrew and Arabic (combining
 * classes 10 to 35 and from 200 on), as of Unicode 14. tests/unit/test_folding.py compares them
 * with Python's.
 */
const ACCENTS =
  String.raw`\u{300}-\u{333}\u{339}-\u{34e}\u{350}-\u{36f}\u{483}-\u{487}\u{591}-\u{5bd}\u{5bf}` +
  String.raw`\u{5c1}-\u{5c2}\u{5c4}-\u{5c5}\u{5c7}\u{610}-\u{61a}\u{64b}-\u{65f}\u{670}` +
  String.raw`\u{6d6}-\u{6dc}\u{6df}-\u{6e4}\u{6e7}-\u{6e8}\u{6ea}-\u{6ed}\u{730}-\u{74a}` +
  String.raw`\u{7eb}-\u{7f3}\u{7fd}\u{816}-\u{819}\u{81b}-\u{823}\u{825}-\u{827}\u{829}-\u{82d}` +
  String.raw`\u{859}-\u{85b}\u{898}-\u{89f}\u{8ca}-\u{8e1}\u{8e3}-\u{8ff}\u{951}-\u{954}\u{9fe}` +
  String.raw`\u{f18}-\u{f19}\u{f35}\u{f37}\u{f39}\u{f82}-\u{f83}\u{f86}-\u{f87}\u{fc6}\u{108d}` +
  String.raw`\u{135d}-\u{135f}\u{17dd}\u{18a9}\u{1939}-\u{193b}\u{1a17}-\u{1a18}\u{1a75}-\u{1a7c}` +
  String.raw`\u{1a7f}\u{1ab0}-\u{1abd}\u{1abf}-\u{1ace}\u{1b6b}-\u{1b73}\u{1cd0}-\u{1cd2}` +
  String.raw`\u{1cd5}-\u{1ce0}\u{1ced}\u{1cf4}\u{1cf8}-\u{1cf9}\u{1dc0}-\u{1dff}\u{20d0}-\u{20d1}` +
  String.raw`\u{20d4}-\u{20d7}\u{20db}-\u{20dc}\u{20e1}\u{20e7}-\u{20e9}\u{20ec}-\u{20f0}` +
  String.raw`\u{2cef}-\u{2cf1}\u{2de0}-\u{2dff}\u{302a}-\u{302f}\u{a66f}\u{a674}-\u{a67d}` +
  String.raw`\u{a69e}-\u{a69f}\u{a6f0}-\u{a6f1}\u{a8e0}-\u{a8f1}\u{a92b}-\u{a92d}\u{aab0}` +
  String.raw`\u{aab2}-\u{aab4}\u{aab7}-\u{aab8}\u{aabe}-\u{aabf}\u{aac1}\u{fb1e}\u{fe20}-\u{fe2f}` +
  String.raw`\u{101fd}\u{102e0}\u{10376}-\u{1037a}\u{10a0d}\u{10a0f}\u{10a38}\u{10a3a}` +
  String.raw`\u{10ae5}-\u{10ae6}\u{10d24}-\u{10d27}\u{10eab}-\u{10eac}\u{10f46}-\u{10f50}` +
  String.raw`\u{10f82}-\u{10f85}\u{11100}-\u{11102}\u{11366}-\u{1136c}\u{11370}-\u{11374}\u{1145e}` +
  String.raw`\u{16b30}-\u{16b36}\u{1d165}-\u{1d166}\u{1d16d}-\u{1d172}\u{1d17b}-\u{1d182}` +
  String.raw`\u{1d185}-\u{1d18b}\u{1d1aa}-\u{1d1ad}\u{1d242}-\u{1d244}\u{1e000}-\u{1e006}` +
  String.raw`\u{1e008}-\u{1e018}\u{1e01b}-\u{1e021}\u{1e023}-\u{1e024}\u{1e026}-\u{1e02a}` +
  String.raw`\u{1e130}-\u{1e136}\u{1e2ae}\u{1e2ec}-\u{1e2ef}\u{1e8d0}-\u{1e8d6}\u{1e944}-\u{1e949}`;
const ACCENT = new RegExp(`[${ACCENTS}]`, "gu");

/**
 * Letters with a stroke and the dotless i, which Unicode treats as separate letters.
 *
 * @type {Record<string, string>}
 */
const PLAIN = { ı: "i", ø: "o", ł: "l", đ: "d" };

const ASCII = /^[\0-\x7f]*$/;

/** @type {Map<string, string>} */
const known = new Map();

/**
 * Fold a text for comparing names, so that people find a name however it is spelled.
 * rooms/text/folding.py does the same, and explains the rules.
 *
 * @param {string} text
 */
export function fold(text) {
  if (ASCII.test(text)) return text.toLowerCase();
  let folded = "";
  for (const char of text.normalize("NFC")) {
    let one = known.get(char);
    if (one === undefined) {
      one = foldOne(char);
      known.set(char, one);
    }
    folded += one;
  }
  return folded;
}

/** @param {string} char */
function foldOne(char) {
  const plain = caseless(char.normalize("NFKC")).normalize("NFKD").replace(ACCENT, "");
  return [...plain.normalize("NFC")].map((one) => PLAIN[one] ?? one).join("");
}

/** Via upper case, where ß and ss, or ς and σ, are no longer distinct. @param {string} text */
function caseless(text) {
  const capitals = text.toLowerCase().toUpperCase();
  if (/\p{Script=Cherokee}/u.test(capitals)) return capitals; // as Unicode folds it, for compatibility
  // Character by character: at the end of a word, Σ would become ς again.
  return [...capitals].map((char) => char.toLowerCase()).join("");
}
