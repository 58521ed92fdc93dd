// What is chosen among: the models of a repository, or of several files that came in at once.
import type { HubRepository } from '../ggufit.js';
import type { HeaderSource } from '../messages.js';
import { readHeaders } from '../remote/address.js';

export interface Candidate {
  /** As it is shown. */
  name: string;
  n_files: number;
  size_bytes: number;
  /** Its headers, read when they are asked for. */
  read: (signal: AbortSignal) => Promise<HeaderSource[]>;
}

export function ofRepository({ models }: HubRepository): Candidate[] {
  return models.map(({ name, n_shards, size_bytes, files }) => ({
    name, n_files: n_shards, size_bytes,
    read: (signal) => readHeaders(files, signal, () => {}),
  }));
}

interface Group {
  stem: string;
  n_files: number;
  sources: HeaderSource[];
}

function grouped(sources: readonly HeaderSource[]): Group[] {
  const groups = new Map<string, Group>();
  for (const source of sources) {
    const [, stem = source.name, count = '1'] = /^(.*)-\d{5}-of-(\d{5})\.gguf$/i.exec(source.name) ?? [];
    const key = `${stem} ${count}`;
    const group = groups.get(key) ?? { stem: stem.replace(/\.gguf$/i, ''), n_files: Number(count), sources: [] };
    group.sources.push(source);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Several whole models among the files; none where they are one model, or where a shard is missing. */
export function ofFiles(sources: readonly HeaderSource[]): Candidate[] {
  const groups = grouped(sources);
  if (groups.length < 2 || groups.some(({ n_files, sources: own }) => own.length !== n_files)) return [];
  return groups.map(({ stem, n_files, sources: own }) => ({
    name: stem, n_files,
    size_bytes: own.reduce((sum, { file_bytes }) => sum + file_bytes, 0),
    read: () => Promise.resolve(own),
  }));
}
