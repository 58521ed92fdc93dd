// The machines that are kept: chosen, named, doubled, removed, saved as files.
import { h, replaceChildren } from '../dom.js';
import { machineInputs, type GivenMachine, type State } from '../state.js';

/** A name that no other machine has: "Server", "Server 2". */
export function freeName(state: State, wanted: string): string {
  const taken = new Set([state.machine, ...state.machines].map(({ name }) => name));
  const stem = wanted.trim().slice(0, 60) || 'Machine';
  let name = stem;
  for (let n = 2; taken.has(name); n++) name = `${stem} ${n}`;
  return name;
}

/** Plans for another machine; the one before is kept. */
export function use(state: State, machine: GivenMachine): void {
  state.machines = [...state.machines.filter((other) => other !== machine), state.machine].sort((a, b) => a.name.localeCompare(b.name));
  state.machine = machine;
}

function download(machine: GivenMachine): void {
  const text = `${JSON.stringify(machineInputs(machine), null, 2)}\n`;
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const name = machine.name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'machine';
  h('a', { href: url, download: `${name}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export interface MachinesActions {
  /** The state's machines were changed. */
  changed: () => void;
  manage: (open: boolean) => void;
  openFile: (file: File) => void;
}

function rename(state: State, actions: MachinesActions): HTMLElement {
  const take = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const name = input.value.trim();
    const free = name !== '' && state.machines.every((other) => other.name !== name);
    input.setAttribute('aria-invalid', String(!free));
    if (!free || name === state.machine.name) return;
    state.machine.name = name;
    actions.changed();
  };
  return h('label.field', {}, h('span', {}, 'Name'), h('input', { value: state.machine.name, maxlength: 60, spellcheck: 'false', 'data-key': 'machine name', onchange: take }));
}

function manager(state: State, actions: MachinesActions): HTMLElement {
  const act = (text: string, key: string, change: (() => void) | null): HTMLElement =>
    h('button.link', { type: 'button', 'data-key': key, ...(change ? { onclick: change } : { disabled: true }) }, text);
  const edit = (change: () => void) => (): void => {
    change();
    actions.changed();
  };
  const file = h('input', {
    type: 'file', accept: '.json,.txt,application/json,text/plain', hidden: true, 'aria-label': 'Machine file',
    onchange: (event) => {
      const [chosen] = (event.target as HTMLInputElement).files ?? [];
      if (chosen) actions.openFile(chosen);
    },
  });
  const copy = (): GivenMachine => ({ ...(structuredClone(state.machine) as GivenMachine), name: freeName(state, state.machine.name) });
  return h(
    'div.manager', {},
    rename(state, actions),
    h('div.links', {},
      act('New', 'machine new', edit(() => use(state, { name: freeName(state, 'New machine'), devices: [], ram: { total_mib: 65536, memory: '' } }))),
      act('Duplicate', 'machine duplicate', edit(() => use(state, copy()))),
      act('Remove', 'machine remove', state.machines.length === 0 ? null : edit(() => {
        const [next, ...rest] = state.machines;
        if (next) [state.machine, state.machines] = [next, rest];
      })),
      act('Save as a file', 'machine save', () => download(state.machine)),
      act('Open a file', 'machine open', () => file.click()),
      file),
  );
}

/** The choice of a machine, and what can be done with it where `managing`. */
export function showMachines(parent: HTMLElement, state: State, managing: boolean, actions: MachinesActions): void {
  const all = [state.machine, ...state.machines].sort((a, b) => a.name.localeCompare(b.name));
  const choose = (event: Event): void => {
    const machine = state.machines.find(({ name }) => name === (event.target as HTMLSelectElement).value);
    if (!machine) return;
    use(state, machine);
    actions.changed();
  };
  const options = all.map((machine) => h('option', { value: machine.name, selected: machine === state.machine }, machine.name));
  const select = h('select', { id: 'machine-choice', 'aria-label': 'Machine', 'data-key': 'machine choice', onchange: choose }, ...options);
  const toggle = h('button.link', { type: 'button', id: 'manage', 'data-key': 'machine manage', 'aria-expanded': String(managing), onclick: () => actions.manage(!managing) }, managing ? 'Done' : 'Manage');
  replaceChildren(parent, h('div.row', {}, select, toggle), managing ? manager(state, actions) : null);
}
