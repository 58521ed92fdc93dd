// The last plans, kept in local storage: what was given, as links, never what came out.
import { h, replaceChildren } from './dom.js';
import { shortGpu } from './format.js';
import type { Plan } from './ggufit.js';

export interface RecentPlan {
  link: string;
  model: string;
  machine: string;
}

const key = 'ggufit/recent';
const most = 8;

function isRecent(value: unknown): value is RecentPlan {
  if (typeof value !== 'object' || value === null) return false;
  const { link, model, machine } = value as Record<string, unknown>;
  const isText = (text: unknown, longest: number): boolean => typeof text === 'string' && text.length <= longest;
  return isText(link, 16384) && isText(model, 300) && isText(machine, 1000);
}

export function recentPlans(): RecentPlan[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isRecent).slice(0, most) : [];
  } catch {
    return [];
  }
}

function keep(plans: RecentPlan[]): void {
  try {
    if (plans.length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(plans));
  } catch {
    // Private windows and full storage: this session's plans are not remembered.
  }
}

const isSame = (a: RecentPlan, b: RecentPlan): boolean => a.model === b.model && a.machine === b.machine;

/** The machine of a plan in a few words: "RTX 4090, 2 × RTX 3090". */
export function machineWords(plan: Plan): string {
  const counts = new Map<string, number>();
  for (const { description } of plan.devices) {
    const name = shortGpu(description || 'GPU');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, n]) => (n > 1 ? `${n} × ${name}` : name)).join(', ') || 'no GPU';
}

/** Puts a plan first. One of the same model on the same GPUs gives way: of a slider's way the last place is kept. */
export function remember(plan: Plan, link: string): RecentPlan {
  const quantization = plan.model.name.includes(plan.model.quantization) ? '' : ` ${plan.model.quantization}`;
  const recent = { link, model: plan.model.name + quantization, machine: machineWords(plan) };
  keep([recent, ...recentPlans().filter((other) => !isSame(other, recent))].slice(0, most));
  return recent;
}

/** Shows the list without the plan that is on the page, with what removes one plan or all. */
export function showRecent(parent: HTMLElement, current: RecentPlan | null, open: (link: string) => void, changed: () => void): void {
  const plans = recentPlans().filter((plan) => !current || !isSame(plan, current));
  parent.hidden = plans.length === 0;
  const row = (plan: RecentPlan): HTMLElement => {
    const remove = (): void => {
      keep(recentPlans().filter((other) => !isSame(other, plan)));
      changed();
    };
    const said = `${plan.model} on ${plan.machine}`;
    return h('li', {},
      h('button.link.recent-open', { type: 'button', 'data-key': `recent ${said}`, onclick: () => open(plan.link) }, plan.model, h('span.quiet', {}, ` ${plan.machine}`)),
      h('button.link', { type: 'button', 'data-key': `forget ${said}`, 'aria-label': `Remove ${said} from the recent plans`, onclick: remove }, 'Remove'));
  };
  const removeAll = (): void => {
    keep([]);
    changed();
  };
  replaceChildren(
    parent,
    h('div.row', {}, h('span.quiet', { id: `${parent.id}-label` }, 'Recent plans, in this browser'), h('button.link', { type: 'button', 'data-key': 'forget all', onclick: removeAll }, 'Remove all')),
    h('ul', { 'aria-labelledby': `${parent.id}-label` }, ...plans.map(row)),
  );
}
