// Headers of real models that come with the page, one click away.
import { h } from '../dom.js';
import type { HeaderSource } from '../messages.js';
import { inputError } from '../reader.js';

interface Sample {
  label: string;
  shape: string;
  name: string;
  head: string;
  file_bytes: number;
}

async function load(path: string): Promise<Response> {
  const response = await fetch(new URL(`samples/${path}`, document.baseURI)).catch(() => null);
  if (!response?.ok) throw inputError(path, 'The sample could not be loaded from this page’s own folder.');
  return response;
}

/** Fills both lists with a button a sample: the one before a file is open, and the short one under the model. */
export async function showSamples(list: HTMLElement, short: HTMLElement, open: (sources: Promise<HeaderSource[]>) => void): Promise<void> {
  const samples = (await (await load('samples.json')).json()) as Sample[];
  const source = async (sample: Sample): Promise<HeaderSource[]> => {
    const blob = await (await load(sample.head)).blob();
    return [{ name: sample.name, file_bytes: sample.file_bytes, blob }];
  };
  short.append(h('li', {}, 'Samples:'));
  for (const sample of samples) {
    const button = h('button.sample', { type: 'button', onclick: () => open(source(sample)) }, h('b', {}, sample.label), h('span.quiet', {}, sample.shape));
    list.append(h('li', {}, button));
    short.append(h('li', {}, h('button.link', { type: 'button', onclick: () => open(source(sample)) }, sample.label)));
  }
}
