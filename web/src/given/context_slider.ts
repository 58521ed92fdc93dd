// The context's slider: steps that grow with the context, so that 4k and 1M are as easy to hit, and marks on its track.
import { byId, h, showChildren } from '../dom.js';
import { count } from '../format.js';
import type { LargestContext, Plan } from '../ggufit.js';
import { wrapper_ctx, type Settings } from '../state.js';

const least = 1024;
const steps_of_octave = 8;

/** Context sizes from 1,024 to `most`, eight to each doubling, with those in `also` among them. */
export function contextSteps(most: number, also: number[]): number[] {
  const steps = new Set([most, ...also.filter((n_ctx) => n_ctx >= least && n_ctx <= most)]);
  for (let octave = least; octave < most; octave *= 2) {
    for (let i = 0; i < steps_of_octave; i++) steps.add(octave + (octave / steps_of_octave) * i);
  }
  return [...steps].filter((n_ctx) => n_ctx <= most).sort((a, b) => a - b);
}

/** Where a context stands between the ends of the track, from 0 to 1. */
export function placeOf(n_ctx: number, steps: number[]): number {
  const last = steps.length - 1;
  const after = steps.findIndex((step) => step >= n_ctx);
  if (after <= 0 || last < 1) return after === 0 ? 0 : 1;
  const before = steps[after - 1] ?? least;
  return (after - 1 + (n_ctx - before) / ((steps[after] ?? n_ctx) - before)) / last;
}

/** The largest context of each placement with the cache types that are chosen. */
export function reachable(plan: Plan | null, { type_k, type_v }: Settings): LargestContext[] {
  return (plan?.contexts ?? []).filter((one) => one.n_ctx > 0 && one.type_k === type_k && one.type_v === type_v);
}

/** The largest context that stays on GPUs, with one of them or all. */
export function largestOnGpus(plan: Plan | null, settings: Settings): number {
  return Math.max(0, ...reachable(plan, settings).filter(({ name }) => name !== 'experts_cpu').map(({ n_ctx }) => n_ctx));
}

let shown_steps: number[] = [];

/** The context that the slider stands at. */
export function sliderContext(): number {
  return shown_steps[Number(byId<HTMLInputElement>('ctx-slider').value)] ?? wrapper_ctx;
}

interface Mark {
  n_ctx: number;
  text: string;
}

function showMarks(marks: Mark[], steps: number[]): void {
  const items = marks.map(({ n_ctx, text }) => {
    const at = placeOf(n_ctx, steps);
    const mark = h('li', { class: at > 0.5 ? 'mark-left' : 'mark-right' }, h('span', {}, text));
    mark.style.setProperty('--at', String(at)); // through the CSSOM: the policy forbids style attributes
    return mark;
  });
  showChildren(byId('ctx-marks'), ...items);
}

/** Sets the slider to a context, with the trained one and the largest that stays on GPUs marked. */
export function showContextSlider(n_ctx: number, plan: Plan | null, settings: Settings): void {
  const trained = plan?.model.n_ctx_train ?? 0;
  const fits = largestOnGpus(plan, settings);
  const most = Math.max(trained || wrapper_ctx, n_ctx, 2 * least);
  const slider = byId<HTMLInputElement>('ctx-slider');
  if (document.activeElement !== slider || shown_steps[shown_steps.length - 1] !== most || !shown_steps.includes(n_ctx)) {
    shown_steps = contextSteps(most, [trained, fits, n_ctx]);
  }
  slider.max = String(shown_steps.length - 1);
  const nearest = shown_steps.findIndex((step) => step >= n_ctx);
  slider.value = String(nearest < 0 ? shown_steps.length - 1 : nearest);
  slider.setAttribute('aria-valuetext', `${count(n_ctx)} tokens`);
  slider.style.setProperty('--at', `${placeOf(n_ctx, shown_steps) * 100}%`);
  const marks: Mark[] = [];
  if (fits > 0 && fits !== trained) marks.push({ n_ctx: fits, text: `fits on GPUs ${count(fits)}` });
  if (trained > 0) marks.push({ n_ctx: trained, text: fits === trained ? `trained, fits on GPUs ${count(trained)}` : `trained ${count(trained)}` });
  showMarks(marks, shown_steps);
}
