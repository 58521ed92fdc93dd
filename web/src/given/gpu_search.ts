// Which cards of the table somebody means while the name is still being typed.
import { count } from '../format.js';
import type { GpuPreset } from '../ggufit.js';

/** Words that say nothing of which card it is. */
const filler = new Set(['gb', 'gib', 'g', 'vram', 'the', 'geforce', 'radeon', 'graphics', 'card', 'gpu', 'halo']);
/** GPUs that are better known by the name of their chip. */
const chips: Record<string, string> = { strix: '8060' };

const wordsOf = (text: string): string[] => text.toLowerCase().match(/\d+|\p{L}+/gu) ?? [];

/** "2x RTX 3090" → 2 and "RTX 3090". */
export function splitCount(text: string): { n: number; name: string } {
  const match = /^\s*(\d{1,2})\s*[x×]\s+(.*)$/i.exec(text);
  const n = Number(match?.[1] ?? 1);
  return n >= 1 && n <= 64 ? { n, name: match?.[2] ?? text.trim() } : { n: 1, name: text.trim() };
}

/** How well a card answers to words; 0 where one of them is not its. */
function rank(preset: GpuPreset, wanted: string[]): number {
  const name = wordsOf(preset.name);
  const size = preset.vram_mib > 0 ? [String(Math.round(preset.vram_mib / 1024))] : [];
  const others = [preset.vendor, preset.architecture, preset.description].flatMap(wordsOf).concat(size);
  let points = 100;
  for (const word of wanted) {
    if (name.includes(word)) points += 6;
    else if (name.some((own) => own.startsWith(word))) points += 4;
    else if (others.includes(word)) points += 3;
    else if (others.some((own) => own.startsWith(word))) points += 1;
    else return 0;
  }
  return points - name.filter((own) => !wanted.includes(own) && !filler.has(own)).length;
}

/** The cards that answer to a text, the likeliest first. */
export function searchGpus(presets: GpuPreset[], text: string, most = 8): GpuPreset[] {
  const wanted = wordsOf(splitCount(text).name).filter((word) => !filler.has(word)).map((word) => chips[word] ?? word);
  if (wanted.length === 0) return [];
  const ranked = presets.map((preset) => ({ preset, points: rank(preset, wanted) })).filter(({ points }) => points > 0);
  ranked.sort((a, b) => b.points - a.points || b.preset.bandwidth_gb_s - a.preset.bandwidth_gb_s);
  return ranked.slice(0, most).map(({ preset }) => preset);
}

/** "24 GiB · 1,008 GB/s" */
export function presetDetail({ vram_mib, bandwidth_gb_s }: GpuPreset): string {
  const memory = vram_mib > 0 ? `${Math.round(vram_mib / 1024)} GiB` : 'system memory';
  return bandwidth_gb_s > 0 ? `${memory} · ${count(bandwidth_gb_s)} GB/s` : memory;
}
