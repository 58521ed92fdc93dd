// The named parts that a device's bytes are made of: their order, label and class, the same everywhere on the page.

export interface PartLook {
  name: string;
  label: string;
}

/** In the order in which they are drawn. */
export const part_looks: readonly PartLook[] = [
  { name: 'attention', label: 'attention' },
  { name: 'feed_forward', label: 'feed-forward' },
  { name: 'experts', label: 'experts' },
  { name: 'embeddings', label: 'embeddings' },
  { name: 'output', label: 'output' },
  { name: 'cache', label: 'cache' },
  { name: 'compute', label: 'compute' },
  { name: 'driver', label: 'driver' },
  { name: 'reserved', label: 'reserved' },
  { name: 'free', label: 'free' },
];

/** Look of a part by name; an unknown one keeps its own name. */
export function partLook(name: string): PartLook {
  return part_looks.find((look) => look.name === name) ?? { name: 'other', label: name.replaceAll('_', ' ') };
}
