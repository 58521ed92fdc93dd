// A model comes in: from files, whose headers both workers read, or from a planning link, with machine and settings.
import { isPlanningLink, takeLinked } from './link.js';
import type { HeaderSource } from './messages.js';
import { notice, sentence } from './notice.js';
import { engine, planSoon, thorough } from './planning.js';
import { store } from './store.js';

/** Something newer was opened, or the user had enough: nothing that has to be said. */
class Cancelled extends Error {}

let opening = new AbortController();

/** Ends what is being opened; what is open stays. */
export function cancelOpening(): void {
  opening.abort(new Cancelled());
}

/** Runs what opens a model; a newer one ends an older one. Where it fails, the model that is open stays: false. */
export async function opens(load: (signal: AbortSignal) => Promise<() => void>): Promise<boolean> {
  cancelOpening();
  const mine = (opening = new AbortController());
  document.body.classList.add('busy');
  try {
    const take = await load(mine.signal);
    if (mine.signal.aborted) return false;
    notice('');
    take();
    return true;
  } catch (thrown) {
    if (mine === opening && !(thrown instanceof Cancelled)) notice(sentence(thrown));
    return false;
  } finally {
    if (mine === opening) document.body.classList.remove('busy');
  }
}

/** The address without a link, or with one: what a reload opens. */
export function setAddress(fragment: string): void {
  history.replaceState(null, '', fragment === '' ? location.pathname + location.search : fragment);
}

async function plans(opened: Promise<boolean>): Promise<boolean> {
  if (!(await opened)) return false;
  await planSoon();
  window.scrollTo({ top: 0 });
  return true;
}

/** Opens a model's files in place of the open model. */
export function open(sources: HeaderSource[] | Promise<HeaderSource[]>): Promise<boolean> {
  return plans(opens(async () => {
    const model = await sources;
    await Promise.all([engine.open(model), thorough.open(model)]);
    return () => {
      store.opened = model;
      if (isPlanningLink(location.hash)) setAddress('');
    };
  }));
}

/** Opens a planning link: its model, its machine and its settings; `refresh` shows the state in the forms. */
export function openLink(text: string, refresh: () => void): Promise<boolean> {
  return plans(opens(async () => {
    const [linked] = await Promise.all([engine.openLink(text), thorough.openLink(text)]);
    return () => {
      store.opened = { link: text, name: linked.name, id: linked.id, bench: linked.bench };
      takeLinked(store.state, linked);
      setAddress(`#${text.replace(/\s/g, '').replace(/^.*#/, '')}`);
      refresh();
    };
  }));
}
