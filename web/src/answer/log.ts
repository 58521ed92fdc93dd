// The log box under the answer: a startup log is pasted, picked or dropped, and checked against the model that is open.
import { h, replaceChildren } from '../dom.js';
import type { Check, CheckRemedy } from '../ggufit.js';
import type { HeaderSource } from '../messages.js';
import { sentence } from '../notice.js';
import { changed, engine, whenPlanned } from '../planning.js';
import { InputError } from '../reader.js';
import { applyArguments } from '../state.js';
import { store } from '../store.js';
import { checkView } from './check.js';

/** Of a longer file both ends are read: starts are at the beginning or the end. */
const most_bytes = 32 * 1024 * 1024;

async function textOf(blob: Blob): Promise<string> {
  if (blob.size <= most_bytes) return blob.text();
  const half = most_bytes / 2;
  return `${await blob.slice(0, half).text()}\n${await blob.slice(blob.size - half).text()}`;
}

class LogBox {
  private readonly input = h('textarea', { id: 'log-text', rows: '4', spellcheck: 'false', autocomplete: 'off', 'aria-describedby': 'log-lead' });
  private readonly result = h('div.log-result', { id: 'log-result' });
  private readonly said = h('p.sr', { role: 'status' });
  private log = '';
  private model: unknown = null;
  private asked = 0;

  readonly section = h(
    'section.log',
    { id: 'log', 'aria-labelledby': 'log-heading' },
    h('h2', { id: 'log-heading' }, 'Started it? Check the log'),
    h('p.quiet', { id: 'log-lead' }, 'Paste what llama-server printed when it started, or drop its .log file: measured beside predicted, and what to do where memory ran out. Since mid 2026 it prints what is needed with -lv 4.'),
    h('label.sr', { for: 'log-text' }, 'Startup log'),
    this.input,
    h('div.log-actions', {}, h('button.button', { type: 'button', id: 'log-check', onclick: () => void this.check(this.input.value) }, 'Check'), h('button.link', { type: 'button', id: 'log-clear', onclick: () => this.clear() }, 'Clear')),
    this.said,
    this.result,
  );

  constructor() {
    this.input.addEventListener('paste', () => setTimeout(() => void this.check(this.input.value)));
    whenPlanned(() => {
      if (this.log !== '' && this.model !== store.opened) void this.check(this.log);
    });
  }

  async check(log: string): Promise<void> {
    const mine = ++this.asked;
    this.log = log.trim() === '' ? '' : log;
    this.model = store.opened;
    if (this.log === '') return this.clear();
    try {
      const check = await engine.check(this.log, {});
      if (mine === this.asked) this.show(check);
    } catch (thrown) {
      if (mine !== this.asked) return;
      replaceChildren(this.result, h('p.error', { role: 'alert' }, sentence(thrown)));
    }
  }

  /** Whether the file holds a start; one that does not leaves the box as it was. */
  async checkFile(source: HeaderSource): Promise<boolean> {
    const text = await textOf(source.blob);
    try {
      await engine.check(text, {});
    } catch (thrown) {
      if (thrown instanceof InputError) return false;
      throw thrown;
    }
    this.input.value = text.slice(0, 20_000);
    await this.check(text);
    this.section.scrollIntoView({ block: 'start' });
    return true;
  }

  private show(check: Check): void {
    this.said.textContent = check.summary;
    replaceChildren(this.result, ...checkView(check, store.opened === null ? null : (remedy) => this.choose(remedy)));
  }

  private choose(remedy: CheckRemedy): void {
    applyArguments(store.state.settings, remedy.arguments, []);
    changed();
    document.getElementById('verdict')?.scrollIntoView({ block: 'center' });
  }

  private clear(): void {
    this.asked++;
    this.log = this.input.value = this.said.textContent = '';
    replaceChildren(this.result);
  }
}

/** Puts the box under the answer. What comes back checks a file, and tells whether it holds a start. */
export function startLog(parent: HTMLElement): (source: HeaderSource) => Promise<boolean> {
  const box = new LogBox();
  parent.append(box.section);
  return (source) => box.checkFile(source);
}
