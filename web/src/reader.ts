// Reads a file's header by a prefix that grows as the core asks for it: never the tensor data.
import type { CoreError, ErrorAnswer, FileKind, Session } from './ggufit.js';
import type { HeaderSource } from './messages.js';

const first_bytes = 256 * 1024;
const growth = 4;

/** What went wrong with a file, in the words of the core's errors. */
export class InputError extends Error {
  constructor(readonly error: CoreError, readonly likely_bytes = 0) {
    super(error.detail);
  }
}

export function inputError(where: string, detail: string): InputError {
  return new InputError({ code: 'input', where, detail, needed_bytes: 0 });
}

/** The value of an answer of the core; throws InputError where it is an error. */
export function parseAnswer<T>(text: string): T {
  const answer = JSON.parse(text) as T | ErrorAnswer;
  // a row of a comparison has an error that is a text
  if (typeof answer === 'object' && answer !== null && 'error' in answer && typeof answer.error === 'object') throw new InputError(answer.error, answer.likely_bytes);
  return answer as T;
}

async function readSlice(source: HeaderSource, from: number, to: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await source.blob.slice(from, to).arrayBuffer());
  } catch {
    throw inputError(source.name, 'The browser could not read it. If it is a folder, drop the files inside; if it was moved or changed, pick it again.');
  }
}

/** Gives a source's header to the session. Resolves to the number of bytes that were read of it, and what it is for. */
export async function addHeader(session: Session, source: HeaderSource): Promise<{ read_bytes: number; kind: FileKind }> {
  const size = source.blob.size;
  let have = 0;
  let want = Math.min(size, first_bytes);
  for (;;) {
    const too_large = inputError(source.name, 'Its header claims to be larger than any header is: the file is damaged or no GGUF.');
    if (!session.prefix(want)) throw too_large; // asked before anything is read
    const bytes = await readSlice(source, have, want);
    session.prefix(want)?.set(bytes, have);
    have = want;
    try {
      const { kind } = parseAnswer<{ kind: FileKind }>(session.addHeader(source.file_bytes, source.name));
      return { read_bytes: have, kind };
    } catch (thrown) {
      if (!(thrown instanceof InputError) || thrown.error.code !== 'truncated' || have >= size) throw thrown;
      want = Math.min(size, Math.max(thrown.error.needed_bytes, have * growth));
    }
  }
}
