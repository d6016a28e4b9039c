const PATIENCE_MS = 10_000; // some files never say that they can't be played
const POSTER_SIZE = 1280; // pixels of its longer side
const POSTER_QUALITY = 0.8;

/** @typedef {{width?: number, height?: number, duration?: number, poster?: Blob}} Measures */

/**
 * What this browser can say of a file: the size of a picture, the length of a recording, and a
 * picture that stands for a video. Nothing of what it can't show.
 *
 * @param {string} kind
 * @param {string} address
 * @returns {Promise<Measures>}
 */
export async function measure(kind, address) {
  try {
    if (kind === "image") return await ofPicture(address);
    if (kind === "video") return await ofVideo(address);
    if (kind === "audio" || kind === "voice") return await ofAudio(address);
  } catch {
    // The server finds out what it is.
  }
  return {};
}

/** @param {string} address @returns {Promise<Measures>} */
async function ofPicture(address) {
  const image = new Image();
  image.src = address;
  await happens(image, "load");
  return { width: image.naturalWidth, height: image.naturalHeight };
}

/** @param {string} address @returns {Promise<Measures>} */
async function ofAudio(address) {
  const audio = new Audio();
  audio.preload = "metadata";
  audio.src = address;
  await happens(audio, "loadedmetadata");
  return { ...durationOf(audio) };
}

/** @param {string} address @returns {Promise<Measures>} */
async function ofVideo(address) {
  const video = document.createElement("video");
  video.muted = true;
  video.setAttribute("playsinline", ""); // iOS would show it on the whole screen
  video.preload = "auto";
  video.src = address;
  await happens(video, "loadeddata");
  const { videoWidth: width, videoHeight: height } = video;
  if (!width) return durationOf(video);
  // The first frame is often black.
  video.currentTime = Math.min(1, (video.duration || 0) / 4);
  await happens(video, "seeked");
  const poster = await pictureOf(video, width, height);
  return { width, height, ...durationOf(video), ...(poster ? { poster } : {}) };
}

/** @param {HTMLVideoElement} video @param {number} width @param {number} height @returns {Promise<Blob | null>} */
function pictureOf(video, width, height) {
  const scale = Math.min(1, POSTER_SIZE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", POSTER_QUALITY));
}

/** A recording that wasn't finished has no length. @param {HTMLMediaElement} media @returns {Measures} */
const durationOf = ({ duration }) =>
  Number.isFinite(duration) && duration > 0 ? { duration } : {};

/** @param {HTMLElement} element @param {string} type @returns {Promise<void>} */
function happens(element, type) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("It says nothing")), PATIENCE_MS);
    const end = (/** @type {() => void} */ then) => () => {
      clearTimeout(late);
      then();
    };
    element.addEventListener(type, end(resolve), { once: true });
    element.addEventListener(
      "error",
      end(() => reject(new Error("It can't be shown"))),
      {
        once: true,
      },
    );
  });
}
