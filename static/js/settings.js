import { formatFull } from "./lib/time.js";

// The server knows neither the reader's clock nor how they write times.
for (const time of document.querySelectorAll("time")) time.textContent = formatFull(time.dateTime);
