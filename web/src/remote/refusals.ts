// Why a host gave no header, in sentences that say what to do instead.
import { inputError, type InputError } from '../reader.js';

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

const by_cli = 'The CLI reads it from a terminal, and prints a planning link that opens here: ggufit link, with the same address. Or drop the file.';

/** An answer that is no file. */
export function answerError(url: string, { status }: Response): InputError {
  const host = hostOf(url);
  if (status === 401 || status === 403) {
    return inputError(host, `It wants a token or a permission (HTTP ${status}), or there is no such repository. This page never asks for a token. The CLI takes HF_TOKEN and prints a planning link that opens here: ggufit link. Or drop the file.`);
  }
  if (status === 404 || status === 410) return inputError(host, `There is no such file (HTTP ${status}). Look at the owner, the name and the file's path.`);
  if (status === 416) return inputError(host, 'The file is shorter than a header (HTTP 416): it is damaged, or no GGUF.');
  if (status === 429) return inputError(host, 'It wants fewer requests (HTTP 429). Try again in a minute.');
  return inputError(host, `It answered with an error (HTTP ${status}). ${status >= 500 ? 'Try again later.' : by_cli}`);
}

/**
 * Nothing came back that the page may read. Browsers say no reason: whether the host is there at all is asked in a way
 * that reads nothing.
 */
export async function unreachable(url: string, thrown: unknown): Promise<InputError> {
  const there = await fetch(url, { method: 'HEAD', mode: 'no-cors', credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store', signal: AbortSignal.timeout(5000) }).then(() => true, () => false);
  if (there) return inputError(hostOf(url), `It does not let web pages read this file (no CORS header). ${by_cli}`);
  return inputError(hostOf(url), `It could not be reached${navigator.onLine ? '' : ': this machine is offline'} (${thrown instanceof Error ? thrown.message : String(thrown)}).`);
}

/** What is wrong with the first bytes of a file; nothing where they may be a GGUF's. */
export function wrongStart(bytes: Uint8Array): string | null {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  if ('GGUF'.startsWith(start.slice(0, 4)) || start.startsWith('GGUF')) return null;
  if (/^\s*<(!doctype|html|\?xml|head)/i.test(start)) return 'It is a web page and no GGUF. Give the address of the file itself; on Hugging Face that is …/resolve/main/NAME.gguf, or hf:owner/repo.';
  if (start.startsWith('version https://git-lfs')) return 'It is a git-lfs pointer and no GGUF: give the address under …/resolve/ in place of …/raw/.';
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'It came compressed, so that its bytes are not those of the file. Drop the file, or read the header with the CLI: ggufit link.';
  return 'It is no GGUF: it does not begin with those letters.';
}
