// What a check of a startup log says: one sentence, predicted beside measured, reasons, remedies, findings.
import { h, noteItem } from '../dom.js';
import { count, speed } from '../format.js';
import type { Check, CheckRemedy, CheckTerm } from '../ggufit.js';

const hundredths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

function figure(value: number | null, unit: CheckTerm['unit']): string {
  if (value === null) return '–';
  if (unit === 't/s') return speed(value);
  return (unit === '' ? count(value) : hundredths.format(value)).replace('-', '−');
}

/** The difference in words or with its sign: never by colour alone. */
function difference(term: CheckTerm): string {
  if (term.difference === null) return '';
  if (term.equal) return term.unit === 't/s' ? 'in range' : term.exact ? 'equal' : 'about equal';
  const more = term.difference > 0 ? '+' : '';
  return more + (term.unit === 't/s' ? term.difference.toFixed(1).replace('-', '−') : figure(term.difference, term.unit));
}

const placeOf = (term: CheckTerm): string => (term.device === 'host' ? 'system memory' : term.device);
const nameOf = (term: CheckTerm): string => (term.unit === '' ? term.name : `${term.name}, ${term.unit}`);

function row(term: CheckTerm, compared: boolean): HTMLElement {
  const name = h('th', { scope: 'row' }, h('span.place', {}, placeOf(term)), ' ', nameOf(term));
  const measured = h('td', {}, figure(term.measured, term.unit));
  if (!compared) return h('tr', {}, name, measured);
  const class_name = term.difference === null ? undefined : term.equal ? 'agrees' : 'differs';
  return h('tr', { class: class_name }, name, h('td', {}, figure(term.predicted, term.unit)), measured, h('td.difference', {}, difference(term)));
}

function terms(check: Check): HTMLElement | null {
  if (check.terms.length === 0) return null;
  const titles = check.compared ? ['', 'predicted', 'measured', 'difference'] : ['', 'measured'];
  const head = titles.map((title) => (title === '' ? h('td', {}) : h('th', { scope: 'col' }, title)));
  const caption = check.compared ? 'Predicted beside measured' : 'Measured';
  return h(
    'div.scroll',
    { tabindex: '0', role: 'region', 'aria-label': caption },
    h('table', {}, h('caption.sr', {}, caption), h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...check.terms.map((term) => row(term, check.compared)))),
  );
}

function list(title: string, items: (HTMLElement | string)[]): HTMLElement | null {
  if (items.length === 0) return null;
  return h('div.log-list', {}, h('h3', {}, title), h('ul', {}, ...items.map((item) => (typeof item === 'string' ? h('li', {}, item) : item))));
}

/** Terms of one reason together. */
function reasons(check: Check): HTMLElement[] {
  const by_reason = new Map<string, string[]>();
  for (const term of check.terms) {
    if (term.because === '') continue;
    by_reason.set(term.because, [...(by_reason.get(term.because) ?? []), `${placeOf(term)} ${term.name}`]);
  }
  return [...by_reason].map(([reason, names]) => h('li', {}, h('b', {}, names.join(', ')), `: ${reason}.`));
}

const verdict_words = { fits: 'fits', tight: 'fits, tightly', does_not_fit: 'does not fit' } as const;

function remedyItem(remedy: CheckRemedy, choose: ((remedy: CheckRemedy) => void) | null): HTMLElement {
  const facts = [
    remedy.verdict === null ? '' : verdict_words[remedy.verdict],
    remedy.saved_mib >= 1 ? `saves ${remedy.verdict === null ? 'about ' : ''}${count(remedy.saved_mib)} MiB` : '',
    remedy.decode_tokens_per_second > 0 ? `~${speed(remedy.decode_tokens_per_second)} t/s` : '',
  ].filter((fact) => fact !== '');
  const change = h('code', {}, remedy.change);
  const name =
    choose === null || remedy.verdict === null
      ? change
      : h('button.choose', { type: 'button', 'data-key': `remedy ${remedy.name}`, 'aria-label': `Plan with ${remedy.change}`, onclick: () => choose(remedy) }, change);
  return h('li', {}, name, h('span.note', {}, `${remedy.text}${facts.length > 0 ? `; ${facts.join(', ')}` : ''}.`));
}

function ran(check: Check): string {
  const { hparams } = check.model;
  const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
  const n_ctx = check.settings['n_ctx'];
  return [text(hparams['arch']), text(hparams['model type']), text(hparams['file type']), typeof n_ctx === 'number' ? `context ${count(n_ctx)}` : '', check.build && `build ${check.build}`]
    .filter((part) => part !== '')
    .join(', ');
}

/** The result of a check; `choose` takes a remedy over into the settings, null where no model is open. */
export function checkView(check: Check, choose: ((remedy: CheckRemedy) => void) | null): HTMLElement[] {
  const failed = check.errors.length > 0 || (check.shortfall !== null && !check.shortfall.survived);
  const findings = check.findings.map(noteItem);
  return [
    h('p.log-summary', { class: `log-summary${failed ? ' failed' : ''}` }, check.summary),
    h('p.quiet', {}, ran(check)),
    check.shortfall?.survived ? h('p', {}, check.shortfall.text) : null,
    terms(check),
    check.approximate_because === '' ? null : h('p.approximate', {}, h('b', {}, 'approximate'), ` ${check.approximate_because}`),
    list('What explains it', reasons(check)),
    list('What would help, cheapest first', check.remedies.map((remedy) => remedyItem(remedy, choose))),
    list('Seen', findings),
    list('Notes', check.notes),
    check.compared ? null : h('p.quiet', {}, 'Open the model that ran, and these figures stand beside those that are predicted.'),
  ].filter((part) => part !== null);
}
