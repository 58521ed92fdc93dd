// What was dropped or picked goes where it belongs: a model's files, a startup log, or what says which GPUs a machine has.
import type { Listing } from '../ggufit.js';
import type { HeaderSource } from '../messages.js';
import { notice, sentence } from '../notice.js';

/** Machine files and what tools print of GPUs stay far below. */
const most_listing_bytes = 2 ** 20;
const looked_at_bytes = 4096;

export interface Takers {
  /** Opens a model's files, or says why it can't. */
  open: (sources: HeaderSource[]) => void;
  /** Checks a log; false where the text holds no start. */
  log: (source: HeaderSource) => Promise<boolean>;
  parse: (text: string) => Promise<Listing>;
  /** Plans for a machine from a file of that name. */
  machine: (listing: Listing, file: string) => void;
}

/** Whether a file begins like text and not like a model. */
async function isText({ blob }: HeaderSource): Promise<boolean> {
  const start = new Uint8Array(await blob.slice(0, looked_at_bytes).arrayBuffer());
  return start.length > 0 && !start.includes(0) && !/^GGUF/.test(String.fromCharCode(...start.subarray(0, 4)));
}

function isWhole(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

/** A file of text that holds no start of llama-server. */
async function takeText(source: HeaderSource, takers: Takers): Promise<void> {
  const { name, blob } = source;
  const text = blob.size <= most_listing_bytes ? await blob.text() : '';
  if (/^\[[\w-]+\]\s*$/m.test(text) && /^MODEL=/m.test(text)) {
    return notice(`${name} is a models.conf. The page writes entries for one: drop a GGUF. The file itself is checked by the CLI: ggufit conf lint ${name}`);
  }
  try {
    takers.machine(await takers.parse(text), name);
  } catch (thrown) {
    const said = !/\.json$/i.test(name) ? '' : isWhole(text) ? ` Read as a machine file: ${sentence(thrown)}` : ' As JSON it is damaged or cut off.';
    notice(`${name} is no GGUF, no startup log of llama-server and no list of GPUs.${said}`);
  }
}

/** Takes what came in: several files are one model's shards or several models. */
export async function takeIncoming(sources: HeaderSource[], takers: Takers): Promise<void> {
  const [source] = sources;
  const readable = source && sources.length === 1 && !/\.gguf$/i.test(source.name) && (await isText(source).catch(() => false));
  if (!readable) takers.open(sources);
  else if (!(await takers.log(source).catch(() => false))) await takeText(source, takers);
}
