// The page's side of the worker: numbered calls, only the latest plan, and a new worker where one breaks or hangs.
import type { Check, CheckInputs, LinkInputs, LinkedInputs, Plan, PlanInputs, PlanLink } from './ggufit.js';
import type { CallName, Calls, HeaderSource, ModelSource, Reply, Request } from './messages.js';
import { InputError } from './reader.js';

/** The worker broke during this call; it has been replaced. */
export class EngineStopped extends Error {}

/** A newer plan was asked for before this one was begun. */
export class Superseded extends Error {}

const patience_ms = 20_000;

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
  timer: number;
}

export class Engine {
  private worker = this.startWorker();
  private waiting = new Map<number, Waiting>();
  private last_id = 0;
  private model: ModelSource | null = null;
  private running_plan = 0;
  private next_plan: { inputs: PlanInputs; resolve: (plan: Plan) => void; reject: (error: Error) => void } | null = null;

  parseGpu(text: string): Promise<Calls['parseGpu']['answer']> {
    return this.call('parseGpu', { text });
  }

  parseRam(text: string): Promise<Calls['parseRam']['answer']> {
    return this.call('parseRam', { text });
  }

  parseListing(text: string): Promise<Calls['parseListing']['answer']> {
    return this.call('parseListing', { text });
  }

  /** A test plan takes about as long as a few whole plans: what else this engine is asked waits for it. */
  advise(inputs: PlanInputs): Promise<Calls['advise']['answer']> {
    this.running_plan++; // so that cancelPlan ends it too
    return this.call('advise', inputs).finally(() => {
      this.running_plan--;
      this.startPlan();
    });
  }

  /** The plan in one of the CLI's formats. */
  async write(format: string, inputs: PlanInputs): Promise<string> {
    return (await this.call('write', { ...inputs, format })).text;
  }

  /** Checks a startup log, beside the open model where there is one. */
  check(log: string, inputs: CheckInputs): Promise<Check> {
    return this.call('check', { log, inputs });
  }

  about(): Promise<Calls['about']['answer']> {
    return this.call('about', null);
  }

  /** Opens a model in place of the open one, which stays where this fails. */
  async open(sources: HeaderSource[]): Promise<void> {
    await this.call('open', { sources });
    this.model = sources;
  }

  /** The same from a planning link, whose other inputs are the answer. */
  async openLink(link: string): Promise<LinkedInputs> {
    const linked = await this.call('openLink', { link });
    this.model = { link, name: linked.name, id: linked.id, bench: linked.bench };
    return linked;
  }

  /** The planning link of the open model with these inputs. */
  link(inputs: LinkInputs): Promise<PlanLink> {
    return this.call('link', inputs);
  }

  /** Plans. While one plan runs only the latest request waits; the others fail with Superseded. */
  plan(inputs: PlanInputs): Promise<Plan> {
    return new Promise((resolve, reject) => {
      this.next_plan?.reject(new Superseded());
      this.next_plan = { inputs, resolve, reject };
      if (this.running_plan === 0) this.startPlan();
    });
  }

  /** Gives up the plan that runs, and what waits behind it: the worker is stopped and a new one opens the model. */
  cancelPlan(): void {
    this.next_plan?.reject(new Superseded());
    this.next_plan = null;
    if (this.running_plan > 0) this.replaceWorker(new Superseded());
  }

  private startPlan(): void {
    const next = this.next_plan;
    if (!next) return;
    this.next_plan = null;
    this.running_plan++;
    this.call('plan', next.inputs)
      .then(({ plan }) => next.resolve(plan), next.reject)
      .finally(() => {
        this.running_plan--;
        this.startPlan();
      });
  }

  /** Asks the worker by name. */
  call<Name extends CallName>(name: Name, ask: Calls[Name]['ask']): Promise<Calls[Name]['answer']> {
    const id = ++this.last_id;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.replaceWorker(new EngineStopped(`no answer within ${patience_ms / 1000} s`)), patience_ms);
      this.waiting.set(id, { resolve, reject, timer });
      this.worker.postMessage({ id, name, ask } as Request);
    });
  }

  private startWorker(): Worker {
    const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
    worker.addEventListener('message', (event: MessageEvent<Reply>) => {
      if (worker === this.worker) this.receive(event.data);
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      if (worker === this.worker) this.replaceWorker(new EngineStopped(event.message || 'it could not be started'));
    });
    return worker;
  }

  private receive(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    if (!waiting) return;
    if ('stopped' in reply) return this.replaceWorker(new EngineStopped(reply.stopped));
    clearTimeout(waiting.timer);
    this.waiting.delete(reply.id);
    if ('error' in reply) waiting.reject(new InputError(reply.error));
    else waiting.resolve(reply.answer as never);
  }

  /** Fails what is waiting, starts a new worker and opens the model in it again. */
  private replaceWorker(why: Error): void {
    this.worker.terminate();
    const broken = [...this.waiting.values()];
    this.waiting.clear();
    this.worker = this.startWorker();
    const model = this.model;
    // once only: if it breaks the new worker as well, that one starts without; one that was merely stopped broke nothing
    if (!(why instanceof Superseded)) this.model = null;
    if (model) ('link' in model ? this.openLink(model.link) : this.open(model)).catch(() => {});
    for (const { reject, timer } of broken) {
      clearTimeout(timer);
      reject(why);
    }
  }
}
