// How both tables of accuracy.json, the page's and the Markdown's, name and write its figures.

export const term_labels = {
  model: 'weights by device',
  context: 'cache and states by device',
  compute: 'compute buffers by device',
  splits: 'graph splits, prompt and decode',
  fit: 'what --fit chose',
  'whole case': 'all of a case',
};

export const count = (n) => n.toLocaleString('en-US');

/** Never rounded up: 100.0 % is all. */
export const share = (part, of) => `${(Math.floor((part / of) * 1000) / 10).toFixed(1)} %`;
