// What to copy: the models.conf entry, the bench entry and the command line, in tabs.
import { h } from '../dom.js';
import { commandLine } from '../format.js';
import type { Plan } from '../ggufit.js';

interface Output {
  name: string;
  label: string;
  text: (plan: Plan) => string;
  file: (plan: Plan) => string;
}

const outputs: readonly Output[] = [
  { name: 'entry', label: 'models.conf', text: (plan) => plan.entry, file: (plan) => `${plan.id}.conf` },
  { name: 'bench', label: 'bench entry', text: (plan) => plan.bench_entry, file: (plan) => `bench-${plan.id}.conf` },
  { name: 'command', label: 'command line', text: (plan) => commandLine(plan.arguments), file: (plan) => `${plan.id}.sh` },
];

/** A line of models.conf or of a shell, its comment, section header or key set apart. */
function codeLine(line: string): (Node | string)[] {
  if (line.startsWith('#')) return [h('span.code-comment', {}, line)];
  if (line.startsWith('[')) return [h('span.code-section', {}, line)];
  const key = /^([A-Z_]+=)(.*)$/s.exec(line);
  return key ? [h('span.code-key', {}, key[1] ?? ''), key[2] ?? ''] : [line];
}

function download(text: string, file: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  h('a', { href: url, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function copy(text: string, button: HTMLElement): Promise<void> {
  let said = 'Copied';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    said = 'Not allowed here: select the text';
  }
  button.replaceChildren(said);
  setTimeout(() => button.replaceChildren('Copy'), 2000);
}

/** The outputs of a plan; `chosen` is the open tab's name, `choose` is told of another one. */
export function entry(plan: Plan, chosen: string, choose: (name: string) => void): HTMLElement {
  const shown = outputs.filter((output) => output.text(plan) !== '');
  const current = shown.find((output) => output.name === chosen) ?? shown[0];
  if (!current) return h('section');
  const text = current.text(plan);
  const move = (event: Event): void => {
    const { key } = event as KeyboardEvent;
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    const next = shown[(shown.indexOf(current) + step + shown.length) % shown.length];
    if (step === 0 || !next) return;
    event.preventDefault();
    choose(next.name);
    document.getElementById(`tab-${next.name}`)?.focus();
  };
  const tabs = shown.map((output) =>
    h(
      'button.tab',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${output.name}`,
        'data-key': `tab ${output.name}`,
        'aria-selected': output === current ? 'true' : 'false',
        'aria-controls': 'code',
        tabindex: output === current ? 0 : -1,
        onclick: () => choose(output.name),
      },
      output.label,
    ),
  );
  const copy_button: HTMLElement = h('button.link', { type: 'button', id: 'copy', 'data-key': 'copy', 'aria-live': 'polite', onclick: () => void copy(text, copy_button) }, 'Copy');
  const download_button = h('button.link', { type: 'button', id: 'download', 'data-key': 'download', onclick: () => download(text, current.file(plan)) }, 'Download');
  const code = h('code', {});
  for (const line of text.replace(/\n$/, '').split('\n')) code.append(...codeLine(line), '\n');
  return h(
    'section.entry',
    { 'aria-label': 'What to copy' },
    h('div.tabs-row', {}, h('div.tabs', { role: 'tablist', 'aria-label': 'Output', onkeydown: move }, ...tabs), h('div.tabs-actions', {}, copy_button, download_button)),
    h('pre.code', { id: 'code', role: 'tabpanel', tabindex: 0, 'aria-labelledby': `tab-${current.name}`, 'data-key': 'code' }, code),
  );
}
