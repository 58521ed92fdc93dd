// What to copy or to keep: entries, command line, preset, test plan, the plan itself and its picture, in tabs.
import { h } from '../dom.js';
import { commandLine } from '../format.js';
import type { Plan } from '../ggufit.js';
import { copyText, saying } from '../said.js';
import { downloadBlob, downloadText, pngOf } from './download.js';
import { pictureSvg } from './picture.js';

interface Output {
  name: string;
  label: string;
  /** Empty: not there. Left out: it is not in the plan and has to be asked for. */
  text?: (plan: Plan) => string;
  file: (plan: Plan) => string;
}

const outputs: readonly Output[] = [
  { name: 'entry', label: 'models.conf', text: (plan) => plan.entry, file: (plan) => `${plan.id}.conf` },
  { name: 'bench', label: 'bench entry', text: (plan) => plan.bench_entry, file: (plan) => `bench-${plan.id}.conf` },
  { name: 'command', label: 'command line', text: (plan) => commandLine(plan.arguments), file: (plan) => `${plan.id}.sh` },
  { name: 'preset', label: 'preset .ini', text: (plan) => plan.preset, file: (plan) => `${plan.id}.ini` },
  { name: 'llama-swap', label: 'llama-swap', file: (plan) => `${plan.id}.llama-swap.yaml` },
  { name: 'compose', label: 'compose', file: () => 'compose.yaml' },
  { name: 'env', label: '.env', file: (plan) => `${plan.id}.env` },
  { name: 'advice', label: 'test plan', file: (plan) => `${plan.id}-test-plan.md` },
  { name: 'json', label: 'JSON', text: (plan) => `${JSON.stringify(plan, null, 2)}\n`, file: (plan) => `${plan.id}.json` },
];

export interface OutputActions {
  chooseTab: (name: string) => void;
  /** Asks for a tab's text. */
  write: (name: string) => void;
}

/** A line of a configuration or of a shell: its comment, section header or key set apart. */
function codeLine(line: string): (Node | string)[] {
  if (/^ *#/.test(line)) return [h('span.code-comment', {}, line)];
  if (line.startsWith('[')) return [h('span.code-section', {}, line)];
  const key = /^([A-Z_]+=|[a-z][a-z0-9-]* = | *(?:- )?[\w"'-]+:(?= |$))(.*)$/s.exec(line);
  return key ? [h('span.code-key', {}, key[1] ?? ''), key[2] ?? ''] : [line];
}

function codeOf(output: Output, text: string): HTMLElement {
  const code = h('code', {});
  if (output.name === 'advice' || output.name === 'json') code.append(text);
  else for (const line of text.replace(/\n$/, '').split('\n')) code.append(...codeLine(line), '\n');
  return code;
}

function tabList(shown: Output[], current: Output, choose: (name: string) => void): HTMLElement {
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
  return h('div.tabs', { role: 'tablist', 'aria-label': 'Output', onkeydown: move }, ...tabs);
}

function pictures(plan: Plan): HTMLElement {
  const said = h('span.quiet', { role: 'status' });
  const png = async (): Promise<void> => {
    try {
      downloadBlob(await pngOf(pictureSvg(plan)), `${plan.id}.png`);
    } catch (thrown) {
      said.replaceChildren(thrown instanceof Error ? thrown.message : 'This browser draws no PNG.');
    }
  };
  return h(
    'p.pictures',
    {},
    'Bars and layers as a picture: ',
    h('button.link', { type: 'button', id: 'download-svg', 'data-key': 'download svg', onclick: () => downloadText(pictureSvg(plan), `${plan.id}.svg`, 'image/svg+xml') }, 'SVG'),
    ' ',
    h('button.link', { type: 'button', id: 'download-png', 'data-key': 'download png', onclick: () => void png() }, 'PNG'),
    said,
  );
}

/** The outputs of a plan; `chosen` is the open tab's name, `written` has what was asked for. */
export function outputTabs(plan: Plan, chosen: string, written: Record<string, string>, actions: OutputActions): HTMLElement {
  const shown = outputs.filter((output) => output.text?.(plan) !== '');
  const current = shown.find((output) => output.name === chosen) ?? shown[0];
  if (!current) return h('section');
  const text = current.text?.(plan) ?? written[current.name] ?? null;
  if (text === null) actions.write(current.name);
  const ready = text ?? '';
  const disabled = text === null ? { disabled: true } : {};
  const key = `copy ${current.name}`;
  const [said, words] = saying(key, 'Copy');
  const copy = (): void => void copyText(ready, key, 'Not allowed here: select the text');
  const copy_button = h('button.link', { type: 'button', id: 'copy', 'data-key': 'copy', onclick: copy, ...said, ...disabled }, words);
  const download_button = h('button.link', { type: 'button', id: 'download', 'data-key': 'download', onclick: () => downloadText(ready, current.file(plan)), ...disabled }, 'Download');
  const content = text === null ? h('code', {}, current.name === 'advice' ? 'Trying what may be better than the plan …' : 'Writing …') : codeOf(current, text);
  return h(
    'section.entry',
    { 'aria-label': 'What to copy' },
    h('div.tabs-row', {}, tabList(shown, current, actions.chooseTab), h('div.tabs-actions', {}, copy_button, download_button)),
    h('pre.code', { id: 'code', role: 'tabpanel', tabindex: 0, 'aria-labelledby': `tab-${current.name}`, 'data-key': 'code' }, content),
    pictures(plan),
  );
}
