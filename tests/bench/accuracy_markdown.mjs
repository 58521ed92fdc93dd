// The tables of web/exact/accuracy.json as Markdown.
import { count, share, term_labels } from '../../web/exact/figures.mjs';

const ratio = ({ equal, of }) => `${count(equal)} of ${count(of)} (${share(equal, of)})`;
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |\n`;
const table = (head, rows) => row(head) + row(head.map(() => '---')) + rows.map(row).join('');
const mib = (value) => (typeof value === 'number' ? `${(value / 2 ** 20).toFixed(1)} MiB` : Array.isArray(value) ? value.join(' and ') : '–');

/** Each machine with the share that is marked, and each reason for it. */
function approximateRows({ approximate }) {
  return approximate.map(({ name, marked, of, reasons }) => [
    name,
    `${count(marked)} of ${count(of)} (${share(marked, of)})`,
    reasons.map(({ reason, cases }) => `${reason} (${count(cases)})`).join('; '),
  ]);
}

/** All of it, under headings. */
export function accuracyMarkdown(found) {
  const { measured_with, by_term, cases, models } = found;
  const terms = by_term.models.map((one) => {
    const other = by_term.zoo.find(({ name }) => name === one.name);
    return [term_labels[one.name] ?? one.name, ratio(one), other ? ratio(other) : '–'];
  });
  const worst = found.worst.map((miss) => [
    `${miss.model}, ${miss.setting}`,
    `${miss.term} ${miss.device === 'host' ? 'RAM' : miss.device}`.trim(),
    mib(miss.expected),
    mib(miss.said),
    miss.reason,
  ]);
  return `# How exact

Written by \`./dev accuracy\` on ${found.written}: figures equal to the byte to those of llama.cpp ${measured_with.llama_cpp} of ${measured_with.date}, on
stand-in devices. ${count(cases.models + cases.zoo)} cases: ${models.models} models of real shapes (${count(cases.models)}) and ${models.zoo} tiny ones of every architecture (${count(cases.zoo)}).

## By figure

${table(['figure', 'models of real shapes', 'one or two of each architecture'], terms)}
## Approximate

What is not llama.cpp's own arithmetic is marked \`approximate\` with the reason. Beside the cases above, each of the ${count(models.models + models.zoo)} models
on devices that no case was measured with.

${table(['estimates', 'marked approximate', 'why'], approximateRows(found))}
## By setting

${table(['setting', 'figures equal'], found.by_setting.map((one) => [one.name, ratio(one)]))}
## The ten furthest off

${worst.length > 0 ? table(['case', 'figure', 'llama.cpp', 'ggufit', 'why'], worst) : 'None is off.\n'}
## By architecture

${table(['architecture', 'figures equal'], found.by_architecture.map((one) => [one.name, ratio(one)]))}`;
}
