// What each setting costs now: what it takes in the plan that is shown, and what the next step of it would change.
import { byId } from '../dom.js';
import { Superseded, type Engine } from '../engine.js';
import { count, mib, speed } from '../format.js';
import type { Plan } from '../ggufit.js';
import { planInputs, type CacheType, type Settings, type State } from '../state.js';
import { largestOnGpus, reachable } from './context_slider.js';

const mib_bytes = 1024 * 1024;

const all = (plan: Plan): Plan['devices'] => [...plan.devices, plan.host];
const total = (plan: Plan, field: 'context_bytes' | 'compute_bytes'): number => all(plan).reduce((sum, device) => sum + device[field], 0);
/** What settings decide on; weights only move. */
const changeable = (plan: Plan): number => total(plan, 'context_bytes') + total(plan, 'compute_bytes');
const tokens = (plan: Plan): number => plan.speed?.empty.decode_tokens_per_second ?? 0;

/** A step from what is set: the line that it stands in, its name and the settings that it makes. */
export interface Step {
  line: string;
  name: string;
  patch: Partial<Settings>;
}

/** The next step of each setting, towards less memory where there is one. */
export function nextSteps(settings: Settings, n_ctx: number): Step[] {
  const smaller: Partial<Record<CacheType, CacheType>> = { f32: 'f16', f16: 'q8_0', bf16: 'q8_0', q8_0: 'q4_0', q5_1: 'q4_0', q5_0: 'q4_0' };
  const type = smaller[settings.type_k] ?? 'q8_0';
  const slots = settings.n_parallel < 0 ? 1 : settings.n_parallel === 1 ? 2 : settings.n_parallel - 1;
  const ubatch = settings.n_ubatch > 128 ? Math.ceil(settings.n_ubatch / 2) : settings.n_ubatch * 2;
  const steps: Step[] = [
    { line: 'ctx-step', name: count(Math.max(Math.ceil(n_ctx / 2 / 256) * 256, 256)), patch: { n_ctx: Math.max(Math.ceil(n_ctx / 2 / 256) * 256, 256) } },
    { line: 'cache-step', name: type, patch: { type_k: type, type_v: type } },
    { line: 'ubatch-step', name: `-ub ${ubatch}`, patch: { n_ubatch: ubatch } },
    { line: 'slots-step', name: slots === 1 ? '1 slot' : `${slots} slots`, patch: { n_parallel: slots } },
    { line: 'flash-step', name: settings.flash_attn === 'off' ? 'on' : 'off', patch: { flash_attn: settings.flash_attn === 'off' ? 'on' : 'off' } },
  ];
  if (settings.n_parallel > 1) steps.push({ line: 'unified-step', name: settings.kv_unified ? 'Apart' : 'Shared', patch: { kv_unified: !settings.kv_unified } });
  return steps;
}

/** "-ub 256 would free 312 MiB, +1.4 t/s." */
export function stepText(name: string, now: Plan, then: Plan): string {
  const bytes = changeable(then) - changeable(now);
  const said: string[] = [];
  if (Math.abs(bytes) >= mib_bytes / 2) said.push(`${bytes < 0 ? 'free' : 'cost'} ${mib(Math.abs(bytes))} MiB`);
  const gain = tokens(then) - tokens(now);
  if (tokens(now) > 0 && tokens(then) > 0 && Math.abs(gain) >= Math.max(0.05, tokens(now) * 0.005)) said.push(`${gain > 0 ? 'gain' : 'lose'} ${speed(Math.abs(gain))} t/s`);
  const fits = (plan: Plan): boolean => plan.verdict !== 'does_not_fit';
  if (fits(then) !== fits(now)) said.push(fits(then) ? 'make it fit' : 'no longer fit');
  return said.length > 0 ? `${name} would ${said.join(', ')}.` : `${name} would change nothing here.`;
}

function write(id: string, text: string): void {
  byId(id).textContent = text;
}

/** What the chosen build does otherwise than the newest. */
export function versionText({ reasons }: Pick<Plan, 'reasons'>): string {
  return reasons.find(({ step }) => step === 'rules')?.text ?? 'As b9460 or 2026-06-01.';
}

/** Under each setting what it takes in the plan that is shown. What the next steps would change comes later. */
export function showCosts(plan: Plan, settings: Settings): void {
  const cache = total(plan, 'context_bytes');
  const trained = plan.model.n_ctx_train;
  const full = plan.speed?.full.decode_tokens_per_second;
  const slower = full !== undefined && tokens(plan) - full >= 0.05 ? `, −${speed(tokens(plan) - full)} t/s when full` : '';
  const beyond = trained > 0 && plan.n_ctx > trained ? ` Beyond the ${count(trained)} that it was trained with.` : '';
  const most = Math.max(0, ...reachable(plan, settings).map(({ n_ctx }) => n_ctx));
  const on_gpus = largestOnGpus(plan, settings);
  const largest = on_gpus > 0 ? ` Largest on GPUs: ${count(on_gpus)}${most > on_gpus ? `, with experts in RAM ${count(most)}` : ''}.` : most > 0 ? ` Largest, with experts in RAM: ${count(most)}.` : '';
  write('ctx-cost', `${mib(cache)} MiB of cache${slower}.${beyond}${largest}`);
  write('cache-cost', cache > 0 && plan.n_ctx > 0 ? `${mib((cache / plan.n_ctx) * 1024)} MiB for each 1,024 tokens.` : '');
  write('ubatch-cost', `Compute buffers take ${mib(total(plan, 'compute_bytes'))} MiB in all${plan.approximate ? ', approximately' : ''}.`);
  const { n_batch, n_ubatch } = plan.settings;
  write('batch-cost', n_batch > n_ubatch ? `Prompts are handed over ${count(n_batch)} tokens at a time, and computed ${count(n_ubatch)} at a time. It takes no memory on GPUs.` : '');
  const n_slots = settings.n_parallel < 0 ? 4 : settings.n_parallel;
  const shared = settings.kv_unified || settings.n_parallel < 0;
  write('slots-cost', n_slots === 1 ? 'One request at a time has all of the context.' : shared ? `${n_slots} requests share the context.` : `Each of ${n_slots} requests has ${count(Math.floor(plan.n_ctx / n_slots))} tokens.`);
  const margins = plan.alternatives.find(({ name }) => name === 'margins');
  write('llama-cpp-cost', versionText(plan));
  write('margins-cost', margins ? `${margins.label}: ${margins.note || 'the smallest that is safe here'}` : 'Left free on each GPU by --fit.');
}

let round = 0;

/**
 * Plans each next step in turn, briefly, in a worker that has nothing else to do; the lines are written as they come.
 * A newer round, or a plan that takes the worker away, ends this one.
 */
export async function showSteps(engine: Engine, state: State, plan: Plan): Promise<void> {
  const mine = ++round;
  const inputs = planInputs(state);
  for (const { line, name, patch } of nextSteps(state.settings, plan.n_ctx)) {
    let text = '';
    try {
      const then = await engine.plan({ ...planInputs({ ...state, settings: { ...state.settings, ...patch } }), brief: true });
      text = stepText(name, plan, then);
    } catch (thrown) {
      if (thrown instanceof Superseded) return;
      // what the core refuses, such as a quantized V cache without flash attention, is no step to offer
    }
    if (mine !== round || JSON.stringify(inputs) !== JSON.stringify(planInputs(state))) return;
    write(line, text);
  }
}

/** Ends a round: its lines stay until they are written anew. */
export function endSteps(): void {
  round++;
}
