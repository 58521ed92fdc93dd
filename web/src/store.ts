// The one store: what is given, how the answer is looked at, the model that is open and the plan that is shown.
import type { View } from './answer/answer.js';
import type { Plan } from './ggufit.js';
import type { ModelSource } from './messages.js';
import type { State } from './state.js';
import { loadState } from './stored.js';

export interface Store {
  state: State;
  view: View;
  /** The plan that is shown, and the model that it was made for. */
  shown: Plan | null;
  shown_model: ModelSource | null;
  /** The model that the core has open. */
  opened: ModelSource | null;
  /** The context that a model of a comparison is planned for where the settings say none. */
  wished: { model: ModelSource; n_ctx: number } | null;
}

export const store: Store = {
  state: loadState(),
  view: { tab: 'entry', table_open: false, facts_open: false, compute_open: false, sources: false, curve_open: false, written: {}, chosen: null, said: {}, drawn: new Map() },
  shown: null,
  shown_model: null,
  opened: null,
  wished: null,
};
