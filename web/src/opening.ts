// A model comes in: from files, whose headers both workers read, or from a planning link, with machine and settings.
import { isPlanningLink, takeLinked } from './link.js';
import type { HeaderSource } from './messages.js';
import { notice, sentence } from './notice.js';
import { engine, planSoon, thorough } from './planning.js';
import { store } from './store.js';

let opening = 0;

/** Runs what opens a model; of several under way, the latest counts. Where it fails, the model that is open stays. */
async function opens(load: () => Promise<() => void>): Promise<void> {
  const mine = ++opening;
  document.body.classList.add('busy');
  try {
    const take = await load();
    if (mine !== opening) return;
    take();
    notice('');
    await planSoon();
    window.scrollTo({ top: 0 });
  } catch (thrown) {
    if (mine === opening) notice(sentence(thrown));
  } finally {
    if (mine === opening) document.body.classList.remove('busy');
  }
}

/** The address without a link, or with one: what a reload opens. */
export function setAddress(fragment: string): void {
  history.replaceState(null, '', fragment === '' ? location.pathname + location.search : fragment);
}

/** Opens a model's files in place of the open model. */
export function open(sources: HeaderSource[] | Promise<HeaderSource[]>): Promise<void> {
  return opens(async () => {
    const model = await sources;
    await Promise.all([engine.open(model), thorough.open(model)]);
    return () => {
      store.opened = model;
      if (isPlanningLink(location.hash)) setAddress('');
    };
  });
}

/** Opens a planning link: its model, its machine and its settings; `refresh` shows the state in the forms. */
export function openLink(text: string, refresh: () => void): Promise<void> {
  return opens(async () => {
    const [linked] = await Promise.all([engine.openLink(text), thorough.openLink(text)]);
    return () => {
      store.opened = { link: text, name: linked.name, id: linked.id, bench: linked.bench };
      takeLinked(store.state, linked);
      setAddress(`#${text.replace(/\s/g, '').replace(/^.*#/, '')}`);
      refresh();
    };
  });
}
