// Sentences in place: what went wrong, in words, where it stays until it no longer holds.
import { byId } from './dom.js';
import { EngineStopped } from './engine.js';
import { InputError } from './reader.js';
import { store } from './store.js';

/** What was thrown, as a sentence. */
export function sentence(thrown: unknown): string {
  if (thrown instanceof InputError) {
    const { where, detail } = thrown.error;
    return where ? `${where}: ${detail}` : detail;
  }
  if (thrown instanceof EngineStopped) {
    return `The planner stopped (${thrown.message}) and was started again${store.opened ? ' with the same model' : ''}.`;
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}

export type About = 'file' | 'plan';
let notice_about: About = 'file';

/** Shows a sentence, or none. One about a plan goes when the next plan comes, one about a file with the next file. */
export function notice(text: string, about: About = 'file'): void {
  notice_about = about;
  byId('notice-text').textContent = text;
  byId('notice').hidden = text === '';
  byId('notice').classList.remove('said');
}

/** The same for what went well. */
export function said(text: string): void {
  notice(text);
  byId('notice').classList.add('said');
}

/** Takes away what was said about the plan before. */
export function clearPlanNotice(): void {
  if (notice_about === 'plan') notice('');
}
