import { followAppearance } from "./lib/appearance.js";
import { ChatCopy } from "./lib/chat-copy.js";
import { define } from "./lib/elements.js";
import { formatFull } from "./lib/time.js";

define("chat-copy", ChatCopy);

// A page outside the frame. The server knows neither the reader's time zone nor their format.
const draw = () => {
  for (const time of document.querySelectorAll("time"))
    time.textContent = formatFull(time.dateTime);
};
draw();
document.addEventListener("appearance", draw);
followAppearance();
