// Planning links: told from other text, and taken over as what is given.
import type { LinkedInputs } from './ggufit.js';
import { defaultMachine, linkedSettings, machineInputs, type GivenMachine, type State } from './state.js';
import { storedMachine } from './stored.js';

/** Whether a text is a planning link and nothing else: a URL with "#plan=…", or that fragment. */
export function isPlanningLink(text: string): boolean {
  return /^(?:[^\s#]*#)?plan=[\w\s-]+$/.test(text.trim());
}

const content = (machine: GivenMachine): string => JSON.stringify({ ...machineInputs(machine), name: '' });

/** Plans for a machine that came in. The one before is kept, unless it is the same one or was never touched. */
export function takeMachine(state: State, linked: GivenMachine, unnamed: string): void {
  const same = [state.machine, ...state.machines].find((known) => content(known) === content(linked) && known.name === (linked.name || known.name));
  const others = [state.machine, ...state.machines].filter((known) => known !== same && content(known) !== content(defaultMachine()));
  const taken = new Set(others.map(({ name }) => name));
  const stem = linked.name || unnamed;
  let name = stem;
  for (let n = 2; taken.has(name); n++) name = `${stem} ${n}`;
  state.machine = same ?? { ...linked, name };
  state.machines = others;
}

/** Takes over what a link gives beside its model. */
export function takeLinked(state: State, linked: LinkedInputs): void {
  const machine = storedMachine(linked.machine);
  if (machine) takeMachine(state, machine, 'From a link');
  state.settings = { ...linkedSettings(linked.arguments), llama_cpp: linked.llama_cpp };
}
