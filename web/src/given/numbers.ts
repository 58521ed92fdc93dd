// Numbers as people type them.

/** A whole number within bounds, with or without thousands' commas; "128k" is 131,072. */
export function parseWhole(text: string, least: number, most: number): number | null {
  const match = /^\s*([\d,]+)\s*(k)?\s*$/i.exec(text);
  if (!match) return null;
  const value = Number((match[1] ?? '').replaceAll(',', '')) * (match[2] ? 1024 : 1);
  return Number.isInteger(value) && value >= least && value <= most ? value : null;
}

/** A number with a point or a single comma for the decimals. */
export function parseDecimal(text: string): number | null {
  const match = /^\s*(\d+)(?:[.,](\d+))?\s*$/.exec(text);
  return match ? Number(`${match[1]}.${match[2] ?? '0'}`) : null;
}

/** A card's memory in MiB: "24564", "24,564 MiB", "24 GiB"; a number below 1,024 is GiB, since no card has less. */
export function parseMib(text: string): number | null {
  const match = /^\s*([\d.,]+)\s*(m|mb|mib|g|gb|gib)?\s*$/i.exec(text);
  if (!match) return null;
  const unit = (match[2] ?? '').toLowerCase();
  const digits = (match[1] ?? '').replace(/,(?=\d{3}(\D|$))/g, '');
  const value = parseDecimal(digits);
  if (value === null) return null;
  const gib = unit.startsWith('g') || (unit === '' && value < 1024);
  const mib = Math.round(gib ? value * 1024 : value);
  return mib >= 1 && mib <= 2 ** 31 ? mib : null;
}
