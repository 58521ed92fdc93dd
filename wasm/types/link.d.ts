// Planning links (core/link).
import type { Machine } from './machine.js';
import type { PlanInputs } from './plan.js';

/** What `Session.link` takes, as JSON text. */
export interface LinkInputs extends PlanInputs {
  /** The file's name goes in. */
  with_name?: boolean;
  /** What stands in front of the fragment; without it the link is the bare fragment, "plan=…". */
  site?: string;
}

export interface PlanLink {
  link: string;
  /** Names of arguments that stayed out: their values may be paths, addresses or secrets. */
  left_out: string[];
}

/** What a planning link asks for, beside the model. */
export interface LinkedInputs {
  machine: Machine;
  /** Over the defaults of the models.conf wrapper. */
  arguments: string[];
  id: string;
  bench: boolean;
  /** Whose rules hold, as PlanInputs has it; empty: the newest. */
  llama_cpp: string;
  /** Empty where the link does not say it. */
  file_name: string;
  /** Of the model. */
  name: string;
}
