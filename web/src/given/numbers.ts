// Numbers as people type them.

/** A whole number within bounds, with or without thousands' commas; "128k" is 131,072. */
export function parseWhole(text: string, least: number, most: number): number | null {
  const match = /^\s*([\d,]+)\s*(k)?\s*$/i.exec(text);
  if (!match) return null;
  const value = Number((match[1] ?? '').replaceAll(',', '')) * (match[2] ? 1024 : 1);
  return Number.isInteger(value) && value >= least && value <= most ? value : null;
}
