// What a button says for a while after it was pressed: also on the one that a later plan puts in its place.
import { byId } from './dom.js';
import { store } from './store.js';

const said_ms = 2000;

/** Shows words in place of the usual ones, on all buttons of this key (data-said), and tells a screen reader. */
function sayOn(key: string, words: string): void {
  const { said } = store.view;
  const buttons = (): NodeListOf<HTMLElement> => document.querySelectorAll<HTMLElement>(`[data-said="${CSS.escape(key)}"]`);
  clearTimeout(said[key]?.timer);
  const timer = setTimeout(() => {
    delete said[key];
    for (const button of buttons()) button.textContent = button.dataset['usual'] ?? '';
    byId('said').textContent = '';
  }, said_ms);
  said[key] = { words, timer };
  for (const button of buttons()) button.textContent = words;
  byId('said').textContent = words;
}

/** Attributes of a button that says something for a while, and its words now. */
export function saying(key: string, usual: string): [attributes: { 'data-said': string; 'data-usual': string }, words: string] {
  return [{ 'data-said': key, 'data-usual': usual }, store.view.said[key]?.words ?? usual];
}

/** Copies and says so on the buttons of `key`; false where the browser does not allow it. */
export async function copyText(text: string, key: string, refused = ''): Promise<boolean> {
  const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
  if (copied || refused !== '') sayOn(key, copied ? 'Copied' : refused);
  return copied;
}
