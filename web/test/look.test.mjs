// The style sheet keeps its contrasts: text on every background it stands on, in both schemes (WCAG AA, 4.5 to 1).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const css = readFileSync(new URL('../style/base.css', import.meta.url), 'utf8');
const [light_block, dark_block] = [...css.matchAll(/:root\s*{([^}]*)}/g)].map((match) => match[1]);
const colours = (block) => Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((match) => [match[1], match[2]]));
const schemes = { light: colours(light_block), dark: { ...colours(light_block), ...colours(dark_block) } };

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

for (const [scheme, colour] of Object.entries(schemes)) {
  test(`text can be read in the ${scheme} scheme`, () => {
    for (const text of ['ink', 'quiet', 'accent', 'danger']) {
      for (const ground of ['paper', 'raised', 'tint']) {
        if (text === 'danger' && ground === 'tint') continue;
        const ratio = contrast(colour[text], colour[ground]);
        assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
    assert.ok(contrast(colour['on-accent'], colour.accent) >= 4.5);
  });

  test(`names of parts can be read on them in the ${scheme} scheme`, () => {
    const dark_ink = ['feed-forward', 'embeddings', 'cache', 'compute', 'driver'];
    for (const part of ['attention', 'feed-forward', 'experts', 'embeddings', 'cache', 'compute', 'driver']) {
      const ink = dark_ink.includes(part) ? 'on-light-part' : 'on-part';
      const ratio = contrast(colour[part], colour[ink]);
      assert.ok(ratio >= 4.5, `${ink} on ${part}: ${ratio.toFixed(2)}`);
    }
    assert.ok(contrast(colour.reserved, colour.ink) >= 4.5);
  });
}
