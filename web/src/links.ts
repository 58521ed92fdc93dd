// Planning links on the page: in the address, pasted, copied, and those of the last plans.
import { byId, h } from './dom.js';
import type { PlanLink } from './ggufit.js';
import { isPlanningLink } from './link.js';
import { notice, sentence } from './notice.js';
import { openLink, setAddress } from './opening.js';
import { engine, givenInputs, whenPlanned } from './planning.js';
import { remember, showRecent, type RecentPlan } from './recent.js';
import { isAddress } from './remote/address.js';
import { openAddress } from './remote/opening.js';
import { copyText, saying } from './said.js';
import { store } from './store.js';

const named_key = 'ggufit/link-with-name';
const copy_key = 'copy link';

function withName(): boolean {
  try {
    return localStorage.getItem(named_key) !== 'no';
  } catch {
    return true;
  }
}

function rememberWithName(named: boolean): void {
  try {
    localStorage.setItem(named_key, named ? 'yes' : 'no');
  } catch {
    // Not remembered, and ticked again next time.
  }
  for (const box of document.querySelectorAll<HTMLInputElement>('.link-named')) box.checked = named;
}

function linkOf(with_name: boolean, site: string): Promise<PlanLink> {
  return engine.link({ ...givenInputs(), with_name, site });
}

async function copyLink(): Promise<void> {
  try {
    const { link, left_out } = await linkOf(withName(), location.href.replace(/#.*$/s, ''));
    setAddress(link.replace(/^[^#]*/s, ''));
    const copied = await copyText(link, copy_key);
    const stays = left_out.length > 0 ? `Not in the link, because they may hold paths, addresses or secrets: ${left_out.join(', ')}.` : '';
    if (stays !== '' || !copied) notice([copied ? '' : 'The browser did not let the link be copied: it stands in the address bar.', stays].filter(Boolean).join(' '), 'plan');
  } catch (thrown) {
    notice(sentence(thrown), 'plan');
  }
}

/** "Copy planning link" and whether the file's name goes in: may be placed wherever a plan is shown, also more than once. */
export function linkControl(): HTMLElement {
  const named = h('input.link-named', {
    type: 'checkbox', 'data-key': 'link named',
    onchange: (event) => rememberWithName((event.target as HTMLInputElement).checked),
  });
  named.checked = withName();
  const [said, words] = saying(copy_key, 'Copy planning link');
  return h('div.link-control', {},
    h('label.quiet', { title: 'The link holds the shapes of the model, machine and settings; never a path' }, named, ' with the file’s name'),
    h('button.button.primary', { type: 'button', 'data-key': 'copy link', onclick: () => void copyLink(), ...said }, words));
}

/** Beside a plan the box for links opens above it; before the first plan it stands among the other ways in. */
function showLinkBar(open: boolean): void {
  const bar = byId('link-bar');
  const beside = document.body.matches('.planned, .choosing');
  if (beside) bar.append(byId('open-link'));
  bar.hidden = !(open && beside);
  byId('link-open').setAttribute('aria-expanded', String(open && beside));
  if (!open) return;
  const box = byId<HTMLInputElement>('link-text');
  box.focus();
  box.select();
}

/** Opens links that are in the address, typed or pasted. `refresh` shows the state in the forms. */
export function startLinks(refresh: () => void): void {
  const take = (text: string): void => void openLink(text, refresh);
  let current: RecentPlan | null = null;
  const showLists = (): void => {
    showRecent(byId('recent'), null, take, showLists);
    showRecent(byId('recent-short'), current, take, showLists);
  };
  showLists();
  whenPlanned((plan) => {
    const model = store.opened;
    linkOf(true, '').then(({ link }) => {
      if (model !== store.opened) return;
      current = remember(plan, link);
      showLists();
    }, () => {}); // a model that no link holds is not remembered
    if (isPlanningLink(location.hash)) linkOf(withName(), '').then(({ link }) => model === store.opened && setAddress(`#${link}`), () => {});
  });

  const box = byId<HTMLInputElement>('link-text');
  byId('open-link').addEventListener('submit', (event) => {
    event.preventDefault();
    if (box.value.trim() === '') return box.focus();
    if (!isPlanningLink(box.value) && isAddress(box.value)) return void openAddress(box.value).then((opened) => opened && showLinkBar(false));
    take(box.value);
    showLinkBar(false);
  });
  const toggle = byId('link-open');
  toggle.addEventListener('click', () => showLinkBar(toggle.getAttribute('aria-expanded') === 'false'));
  byId('link-bar').addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    showLinkBar(false);
    toggle.focus();
  });
  document.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text') ?? '';
    if (isPlanningLink(text)) {
      event.preventDefault();
      box.value = '';
      take(text);
    } else if (isAddress(text) && !(event.target as HTMLElement).matches('input, textarea')) { // nothing is asked before it is confirmed
      event.preventDefault();
      showLinkBar(true);
      box.value = text.trim();
    }
  });
  const takeAddress = (): void => {
    if (location.hash.startsWith('#plan=')) take(location.hash);
  };
  window.addEventListener('hashchange', takeAddress);
  byId('link-actions').replaceChildren(linkControl());
  takeAddress();
}
