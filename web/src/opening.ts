// A model comes in: its header is read by both workers, and planned with.
import type { HeaderSource } from './messages.js';
import { notice, sentence } from './notice.js';
import { engine, planSoon, thorough } from './planning.js';
import { store } from './store.js';

let opening = 0;

/** Opens a model in place of the open one, which stays where this fails. Of several under way, the latest counts. */
export async function open(sources: HeaderSource[] | Promise<HeaderSource[]>): Promise<void> {
  const mine = ++opening;
  document.body.classList.add('busy');
  try {
    const model = await sources;
    await Promise.all([engine.open(model), thorough.open(model)]);
    if (mine !== opening) return;
    store.opened = model;
    notice('');
    await planSoon();
    window.scrollTo({ top: 0 });
  } catch (thrown) {
    if (mine === opening) notice(sentence(thrown));
  } finally {
    if (mine === opening) document.body.classList.remove('busy');
  }
}
