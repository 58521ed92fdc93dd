// What a tool printed, pasted: shown as it was understood before it replaces the machine.
import { byId, h, noteItem, replaceChildren } from '../dom.js';
import { count, shortGpu } from '../format.js';
import type { Listing, MachineDevice } from '../ggufit.js';
import { sentence } from '../notice.js';
import type { GivenDevice, GivenMachine } from '../state.js';

/** A device without what follows from its place and from the core's own sums. */
export function givenDevice({ name: _, free_mib: __, ...device }: MachineDevice): GivenDevice {
  return device;
}

/** The machine of a listing; what it does not say of system memory is taken from `before`. */
export function machineOf({ machine }: Listing, before: GivenMachine): GivenMachine {
  const { total_mib = 0, memory = '' } = machine.ram ?? {};
  return {
    name: machine.name ?? '',
    devices: machine.devices.map(givenDevice),
    ram: total_mib > 0 ? { total_mib, memory: memory || before.ram.memory } : before.ram,
    ...(machine.calibration ? { calibration: machine.calibration } : {}),
  };
}

function understood(listing: Listing): HTMLElement {
  const { devices, ram } = listing.machine;
  const items = devices.map((device) => {
    const facts = [`${count(device.total_mib ?? 0)} MiB`];
    if (device.reserved_mib) facts.push(`${count(device.reserved_mib)} reserved`);
    return h('li', {}, h('b', {}, `${device.name ?? ''} ${shortGpu(device.description ?? 'GPU')}`), ' ', h('span.quiet', {}, facts.join(' · ')));
  });
  const memory = ram?.total_mib;
  items.push(h('li', {}, h('b', {}, 'System memory'), ' ', h('span.quiet', {}, memory ? `${count(memory)} MiB` : 'not said there: it stays as it is')));
  return h('ul.understood', {}, ...items);
}

export interface PasteActions {
  parse: (text: string) => Promise<Listing>;
  /** Takes the machine in place of the one that is planned for, or beside it. */
  take: (listing: Listing, beside: boolean) => void;
}

/** Opens the box, with a text where there is one already. */
export function openPaste(text = ''): void {
  const box = byId<HTMLTextAreaElement>('listing');
  byId('paste').hidden = false;
  byId('paste-open').setAttribute('aria-expanded', 'true');
  box.value = text;
  box.dispatchEvent(new Event('input'));
  box.focus();
}

function close(): void {
  byId('paste').hidden = true;
  byId('paste-open').setAttribute('aria-expanded', 'false');
  byId('paste-open').focus();
}

export function startPaste(actions: PasteActions): void {
  const box = byId<HTMLTextAreaElement>('listing');
  const preview = byId('listing-preview');
  const error = byId('listing-error');
  let asked = 0;
  const button = (text: string, act: () => void, kind = 'button.button'): HTMLElement => h(kind as 'button', { type: 'button', onclick: act }, text);
  const show = (listing: Listing): void => {
    const take = (beside: boolean) => (): void => {
      actions.take(listing, beside);
      close();
    };
    const notes = listing.notes.map(noteItem);
    replaceChildren(preview, h('p', {}, `Understood from ${listing.source}:`), understood(listing), notes.length > 0 ? h('ul.notes', {}, ...notes) : null,
      h('div.links', {}, button('Use this', take(false)), button('Keep it as another machine', take(true), 'button.link'), button('Cancel', close, 'button.link')));
  };
  box.addEventListener('input', async () => {
    const mine = ++asked;
    error.textContent = '';
    if (box.value.trim() === '') return replaceChildren(preview);
    try {
      const listing = await actions.parse(box.value);
      if (mine === asked) show(listing);
    } catch (thrown) {
      if (mine !== asked) return;
      replaceChildren(preview);
      error.textContent = sentence(thrown);
    }
  });
  byId('paste').addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
  });
  byId('paste-open').addEventListener('click', () => (byId('paste').hidden ? openPaste() : close()));
}
