// Reads a file's header over HTTPS: a first range, then a stream that is stopped as soon as the header is whole.
import type { HeaderSource, Probe } from '../messages.js';
import { InputError, inputError } from '../reader.js';
import { answerError, hostOf, unreachable, wrongStart } from './refusals.js';

/** Most headers are larger, so that a second request is the last one. */
const first_bytes = 512 * 1024;
/** Of shards behind the first, which hold no vocabulary. */
const first_bytes_of_shard = 32 * 1024;
/** Real headers stay below 32 MiB. */
const most_bytes = 64 * 1024 * 1024;
const most_requests = 6;
const patience_ms = 20_000;
/** Where the core can't tell what a header probably takes: so much more than what it has to. */
const most_over_least = 8;
/** A guess is rather too high: from this part of it on the header may be whole. */
const early = 0.75;
/** How much more has to come before the header is tried again, where the core can't say it. */
const growth = 1.12;

export interface RemoteFile {
  name: string;
  url: string;
}

export interface Reading {
  probe: (source: HeaderSource) => Promise<Probe>;
  signal: AbortSignal;
  /** Of the header, so far. */
  progress: (bytes: number) => void;
}

/** What one answer says of the file; null where the host does not let it be read. */
interface Facts {
  total: number | null;
  first: number | null;
  version: string | null;
}

const numberOf = (text: string | null | undefined): number | null => (text && /^\d{1,15}$/.test(text) ? Number(text) : null);

function factsOf(response: Response): Facts {
  const { headers } = response;
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  return {
    first: numberOf(first),
    total: response.status === 206 ? numberOf(total) : headers.get('content-encoding') ? null : numberOf(headers.get('content-length')),
    version: headers.get('etag') ?? headers.get('last-modified'),
  };
}

/** Asks for nothing but the bytes: no cookies, no address of this page, nothing that is kept. */
export async function ask(url: string, signal: AbortSignal, more: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store', signal, ...more });
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    throw await unreachable(url, thrown);
  }
}

/** Ends `work` where nothing came for a while. */
async function withPatience<T>(work: Promise<T>, url: string): Promise<T> {
  let timer = 0;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(inputError(hostOf(url), `It sent nothing for ${patience_ms / 1000} s. Try again, or drop the file.`)), patience_ms);
  });
  return Promise.race([work, stalled]).finally(() => clearTimeout(timer));
}

class HeaderReader {
  private readonly parts: Uint8Array<ArrayBuffer>[] = [];
  private have = 0;
  private total: number | null = null;
  private version: string | null = null;
  private next_try = 0;
  private tried = -1;
  private likely = 0;

  constructor(private readonly file: RemoteFile, private readonly reading: Reading) {}

  async read(first: number): Promise<HeaderSource> {
    let end = first;
    for (let n = 0; n < most_requests; n++) {
      this.next_try = Math.max(this.next_try, Math.min(end, first));
      const source = await this.request(end);
      if (source) return source;
      const blind = this.likely > 0 ? Math.ceil(this.have * 1.25) : most_over_least * this.next_try;
      end = Math.max(this.next_try, this.likely > this.have ? this.likely : blind);
    }
    throw this.error('Its header could not be read in a few requests.');
  }

  private error(detail: string): InputError {
    return inputError(this.file.name, detail);
  }

  private source(): HeaderSource {
    return { name: this.file.name, file_bytes: this.total ?? Number.MAX_SAFE_INTEGER, blob: new Blob(this.parts), from: hostOf(this.file.url), url: this.file.url };
  }

  /** Asks for what lies between what is there and `end`. Resolves once that is read, to the header where it is whole. */
  private async request(end: number): Promise<HeaderSource | null> {
    const { url } = this.file;
    const stop = new AbortController();
    const signal = AbortSignal.any([this.reading.signal, stop.signal]);
    try {
      const response = await withPatience(ask(url, signal, { headers: { Range: `bytes=${this.have}-${end - 1}` } }), url);
      this.check(response);
      return await this.take(response, signal);
    } finally {
      stop.abort(); // whatever is still on its way is not wanted
    }
  }

  private check(response: Response): void {
    if (response.status !== 200 && response.status !== 206) throw answerError(this.file.url, response);
    const { total, first, version } = factsOf(response);
    if (response.status === 200 && this.have > 0) { // the host has stopped serving ranges: from the beginning then
      this.parts.length = 0;
      this.have = 0;
    }
    if (first !== null && first !== this.have) throw this.error('The host sent other bytes than it was asked for. Drop the file, or read the header with the CLI: ggufit link.');
    const changed = (this.version !== null && version !== null && version !== this.version) || (this.total !== null && total !== null && total !== this.total);
    if (changed) throw this.error('It changed while its header was read. Try again.');
    this.version ??= version;
    this.total ??= total;
  }

  /** The file's size where the answer to a range does not let it be read. */
  private async sizeAlone(signal: AbortSignal): Promise<number> {
    const { url } = this.file;
    const size = numberOf((await withPatience(ask(url, signal, { method: 'HEAD' }), url)).headers.get('content-length'));
    if (size === null) throw this.error('The host does not say how large the file is, which a plan needs. Drop the file, or read its header with the CLI: ggufit link.');
    return size;
  }

  private async take(response: Response, signal: AbortSignal): Promise<HeaderSource | null> {
    const stream = response.body?.getReader();
    if (!stream) return null;
    const { url } = this.file;
    for (;;) {
      const { done, value } = await withPatience(stream.read(), url).catch((thrown: unknown) => {
        if (this.reading.signal.aborted) throw this.reading.signal.reason;
        throw thrown instanceof InputError ? thrown : this.error('The connection was cut. Try again.');
      });
      if (value) this.keep(value as Uint8Array<ArrayBuffer>);
      if (this.have >= this.next_try || (done && this.have > this.tried)) {
        this.tried = this.have;
        const { needed_bytes, likely_bytes } = await this.reading.probe(this.source());
        if (needed_bytes === 0) {
          this.total ??= await this.sizeAlone(signal);
          return this.source();
        }
        const guessed = this.likely === 0 ? likely_bytes * early : 0; // once: later ones are no better
        this.likely = likely_bytes;
        this.next_try = Math.max(needed_bytes, guessed, Math.ceil(this.have * growth));
      }
      if (done && (response.status === 200 || this.have === this.total)) throw this.error('It ends inside its header: an upload that did not finish, or no GGUF.');
      if (done) return null;
    }
  }

  private keep(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.have === 0) {
      const wrong = wrongStart(bytes);
      if (wrong) throw this.error(wrong);
    }
    this.parts.push(bytes);
    this.have += bytes.length;
    this.reading.progress(bytes.length);
    if (this.have > most_bytes) throw this.error('Its header would be larger than any header is: the file is damaged or no GGUF.');
  }
}

/** The header of a file, with the file's size. Throws an InputError with a sentence, or the signal's reason. */
export function readHeader(file: RemoteFile, reading: Reading, shard = 1): Promise<HeaderSource> {
  return new HeaderReader(file, reading).read(shard > 1 ? first_bytes_of_shard : first_bytes);
}
