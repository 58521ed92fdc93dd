// Figures and names as the page writes them.

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const mib_bytes = 1024 * 1024;

/** "24,564" */
export function count(value: number): string {
  return grouped.format(value);
}

/** "24,564", rounded to the nearest MiB. */
export function mib(bytes: number): string {
  return grouped.format(Math.round(bytes / mib_bytes) + 0).replace('-', '−');
}

/** "33", "4.2", "0.42": tokens a second with the digits that an estimate is worth. */
export function speed(tokens_per_second: number): string {
  return tokens_per_second.toFixed(tokens_per_second >= 9.95 ? 0 : tokens_per_second >= 0.995 ? 1 : 2);
}

/** "60.87 GiB" */
export function gib(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}

/** "RTX 4090": a card's name without what every name of its maker begins with. */
export function shortGpu(description: string): string {
  return description.replace(/^(NVIDIA|AMD|Intel(\(R\))?|Apple) /, '').replace(/^(GeForce|Radeon) /, '');
}

/** "0–11, 15" of a sorted list of numbers. */
export function ranges(numbers: number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs[runs.length - 1];
    if (last && last[1] + 1 === number) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

/** A word as a POSIX shell reads it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** llama-server's command line, one argument with its value a line. */
export function commandLine(words: string[]): string {
  const lines: string[] = ['llama-server'];
  for (const word of words) {
    const opens = /^-{1,2}[a-zA-Z]/.test(word);
    if (opens) lines.push(`  ${word}`);
    else lines[lines.length - 1] += ` ${shellWord(word)}`;
  }
  return lines.join(' \\\n') + '\n';
}
