/** A server of files in memory, with the faults of real ones. */
export class TusServer {
  /** @type {Map<string, {length: number, bytes: string, metadata: Record<string, string>, alt: string}>} */
  uploads = new Map();
  /** @type {string[]} what was asked: 'PATCH /files/1 @0' */
  asked = [];
  isAway = false;
  /** @type {((request: any) => {status: number, text?: string, headers?: object} | undefined)} */
  refuses = () => undefined;
  /** @type {number | null} how many bytes of the next part arrive before the line is cut */
  cutsAfter = null;
  /** @type {Promise<void> | null} until then, nothing is answered */
  holds = null;
  most = 0; // requests under way at once
  #under = 0;
  #ids = 0;

  send = async (request) => {
    this.#under += 1;
    this.most = Math.max(this.most, this.#under);
    const { method, address, headers, signal } = request;
    const offset = headers["upload-offset"];
    this.asked.push(`${method} ${address}${offset === undefined ? "" : ` @${offset}`}`);
    await this.holds;
    const said = this.isAway || signal?.aborted ? { status: 0 } : await this.#answer(request);
    this.#under -= 1;
    return { text: "", ...said, header: (name) => said.headers?.[name.toLowerCase()] ?? null };
  };

  async #answer(request) {
    const refused = this.refuses(request);
    if (refused) return refused;
    const { method, address } = request;
    if (method === "POST") return this.#create(request);
    const id = address.split("/")[2];
    const upload = this.uploads.get(id);
    if (!upload) return { status: 404 };
    if (method === "HEAD") return { status: 200, headers: offsetOf(upload) };
    if (method === "PATCH") return this.#append(upload, request);
    if (method === "DELETE") this.uploads.delete(id);
    if (method === "PUT") upload.alt = JSON.parse(await request.body.text()).alt;
    return { status: 204 };
  }

  #create({ headers }) {
    const pairs = headers["upload-metadata"].split(",").map((pair) => pair.split(" "));
    const texts = pairs.map(([name, value]) => [name, Buffer.from(value, "base64").toString()]);
    const metadata = Object.fromEntries(texts);
    this.#ids += 1;
    const id = String(this.#ids);
    const length = Number(headers["upload-length"]);
    this.uploads.set(id, { length, bytes: "", metadata, alt: metadata.alt ?? "" });
    return { status: 201, headers: { location: `/files/${id}` } };
  }

  async #append(upload, { headers, body, progress }) {
    const text = await body.text();
    if (Number(headers["upload-offset"]) !== upload.bytes.length) return { status: 409 };
    const cut = this.cutsAfter;
    this.cutsAfter = null;
    upload.bytes += cut === null ? text : text.slice(0, cut);
    progress?.(cut ?? body.size);
    return cut === null ? { status: 204, headers: offsetOf(upload) } : { status: 0 };
  }
}

const offsetOf = ({ bytes }) => ({ "upload-offset": String(bytes.length) });
