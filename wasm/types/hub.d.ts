// Models before their download: what a reference means, what a repository holds (core/hub).
import type { Bytes } from './common.js';

/** What a text means that stands where a model is asked for. */
export interface ModelReference {
  kind: 'path' | 'url' | 'repository';
  /** As people may read it anywhere: a URL without its query. */
  text: string;
  site: 'hugging_face' | 'model_scope' | null;
  repo: string;
  revision: string;
  path: string;
  tag: string;
  file_name: string;
  /** Where the site lists the files of a repository or folder; null where `files` says all. */
  files_url: string | null;
  /** The files to fetch where no list is needed: one, or every shard. */
  files: { name: string; url: string }[];
}

export interface HubRepository {
  models: HubModel[];
  /** Projectors, importance matrices, draft models. */
  others: HubModel[];
  /** Index in `models` of what the reference's tag means; null with a reason. */
  chosen: number | null;
  reason: string | null;
}

export interface HubModel {
  name: string;
  /** A label from the name; may be empty. */
  tag: string;
  role: 'model' | 'projector' | 'imatrix' | 'helper';
  /** Of all files. */
  size_bytes: Bytes;
  /** More than there are files where the repository lacks some. */
  n_shards: number;
  files: HubFile[];
}

export interface HubFile {
  name: string;
  path: string;
  url: string;
  size_bytes: Bytes;
}
