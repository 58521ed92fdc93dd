// Addresses of models: which files are meant, and their headers, from the host that the user named alone.
import { Engine } from '../engine.js';
import type { HubRepository, ModelReference } from '../ggufit.js';
import type { HeaderSource, Probe } from '../messages.js';
import { inputError } from '../reader.js';
import { ask, readHeader } from './header.js';
import { answerError, hostOf } from './refusals.js';

const most_pages = 40;
const most_list_bytes = 16 * 1024 * 1024;
/** Requests under way at once: hosts count them. */
const most_at_once = 4;

let engine: Engine | null = null;

/** A worker for what is looked at before it is opened, so that plans never wait for it; made when it is first needed. */
export function scout(): Engine {
  return (engine ??= new Engine());
}

/** Whether a text may name a model elsewhere: an address, or hf: or ms: with a repository. */
export function isAddress(text: string): boolean {
  return /^\s*(https?:\/\/|hf:|ms:)\S+\s*$/i.test(text);
}

/** Runs `work` on each, a few at once, in order. The first failure ends all. */
export async function inTurns<T, R>(all: readonly T[], work: (one: T, i: number) => Promise<R>, at_once = most_at_once): Promise<R[]> {
  const done: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < all.length) {
      const i = next++;
      done[i] = await work(all[i] as T, i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(at_once, all.length) }, lane));
  return done;
}

function requireHttps(url: string): void {
  const { protocol, origin } = new URL(url);
  if (protocol === 'https:' || origin === location.origin) return;
  throw inputError(hostOf(url), 'The page asks over https alone. The CLI takes http addresses too, and prints a planning link that opens here: ggufit link. Or drop the file.');
}

/** The headers of a model's files. `progress` is told of each piece that came. */
export function readHeaders(files: readonly { name: string; url: string }[], signal: AbortSignal, progress: (bytes: number) => void): Promise<HeaderSource[]> {
  const probe = (source: HeaderSource): Promise<Probe> => scout().call('probe', { source });
  return inTurns(files, (file, i) => {
    requireHttps(file.url);
    return readHeader(file, { probe, signal, progress }, i + 1);
  });
}

/** What a repository holds, by its site's list of files. */
export async function listRepository(reference: ModelReference, text: string, signal: AbortSignal): Promise<HubRepository> {
  const answers: string[] = [];
  let url = reference.files_url ?? '';
  let bytes = 0;
  for (let n = 0; url !== '' && n < most_pages; n++) {
    requireHttps(url);
    const response = await ask(url, signal);
    if (!response.ok) throw answerError(url, response);
    const answer = await response.text();
    bytes += answer.length;
    if (bytes > most_list_bytes) throw inputError(hostOf(url), 'Its list of files is longer than any repository’s.');
    answers.push(answer);
    url = (await scout().call('nextPage', { url, link: response.headers.get('link') ?? '' })).url;
  }
  return scout().call('hubFiles', { reference: text, answers });
}

/** What a text means, where it names something elsewhere. */
export async function referenceOf(text: string): Promise<ModelReference> {
  const reference = await scout().call('reference', { text });
  if (reference.kind === 'path') throw inputError(text.slice(0, 100), 'Give an https address, or hf:owner/repo.');
  return reference;
}
