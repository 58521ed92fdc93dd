// The tables of the page "How exact?" as HTML: written when the page is built, so that it needs no script.
import { count, share, term_labels } from './figures.mjs';

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const text = (value) => String(value).replace(/[&<>"']/g, (c) => escapes[c]);
const mib = (bytes) => `${count(Math.round(bytes / 2 ** 20))} MiB`;

const part = (n, of, all_is_well) =>
  `<td${all_is_well ? '' : ' class="not-all"'}>${count(n)} of ${count(of)}<span class="quiet"> ${share(n, of).replace('.0', '')}</span></td>`;
const ratio = ({ equal, of }) => part(equal, of, equal === of);
const cell = (value) => `<td>${text(value)}</td>`;
const words = (value) => `<td class="words">${text(value)}</td>`;
const row = (name, cells) => `<tr><th scope="row">${text(name)}</th>${cells.join('')}</tr>`;

function table(head, rows) {
  const heads = head.map((name) => `<th scope="col"${name === 'why' ? ' class="words"' : ''}>${text(name)}</th>`);
  return `<table><thead><tr>${heads.join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function terms({ models, zoo }) {
  const rows = models.map((one) => {
    const other = zoo.find(({ name }) => name === one.name);
    return row(term_labels[one.name] ?? one.name, [ratio(one), other ? ratio(other) : cell('–')]);
  });
  return table(['figure', 'models of real shapes', 'one or two of each architecture'], rows);
}

function approximate(shares) {
  const rows = shares.map(({ name, marked, of, reasons }) =>
    row(name, [part(marked, of, marked === 0), words(reasons.map(({ reason }) => reason).join('; '))]),
  );
  return table(['estimates', 'marked approximate', 'why'], rows);
}

function worst(misses) {
  if (misses.length === 0) return '<p>None is off.</p>';
  const size = (value) => (typeof value === 'number' ? mib(value) : Array.isArray(value) ? value.join(' and ') : '–');
  const rows = misses.map(({ model, setting, term, device, expected, said, reason }) =>
    row(`${model}, ${setting}`, [cell(`${term} ${device === 'host' ? 'RAM' : device}`), cell(size(expected)), cell(size(said)), words(reason)]),
  );
  return table(['case', 'figure', 'llama.cpp', 'ggufit', 'why'], rows);
}

/** `template` with each {{name}} filled by what accuracy.json says; fails where one is missing or unknown. */
export function exactPage(template, found) {
  const { cases, models, measured_with } = found;
  const compared = `${count(cases.models + cases.zoo)} cases: ${models.models} models of real shapes and ${models.zoo} tiny ones of every architecture that llama.cpp builds`;
  const whole = found.by_architecture.filter(({ equal, of }) => equal === of).length;
  const fillings = new Map(
    Object.entries({
      measured: text(`${compared}. Measured with llama.cpp ${measured_with.llama_cpp} of ${measured_with.date} on stand-in devices; scored on ${found.written}.`),
      terms: terms(found.by_term),
      settings: table(['setting', 'figures equal'], found.by_setting.map((one) => row(one.name, [ratio(one)]))),
      approximate: approximate(found.approximate),
      worst: worst(found.worst),
      architectures_sum: `Every figure is equal for ${whole} of ${found.by_architecture.length} architectures.`,
      architectures: table(['architecture', 'figures equal'], found.by_architecture.map((one) => row(one.name, [ratio(one)]))),
    }),
  );
  const page = template.replace(/\{\{(\w+)\}\}/g, (gap, name) => {
    if (!fillings.has(name)) throw new Error(`exact.html: nothing fills ${gap}`);
    const filling = fillings.get(name);
    fillings.delete(name);
    return filling;
  });
  if (fillings.size > 0) throw new Error(`exact.html: no gap for ${[...fillings.keys()].join(', ')}`);
  return page;
}
