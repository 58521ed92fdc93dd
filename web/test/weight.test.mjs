// The page stays light: what a first visit loads, compressed as a static host compresses it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weight } from '../weight.mjs';
import { built } from './support.mjs';

test('module, scripts and styles are at most 418 KB with gzip, 350 KB with brotli', (context) => {
  const { plain, gzip, brotli } = weight(built);
  context.diagnostic(`${plain} bytes; ${gzip} with gzip -9, ${brotli} with brotli`);
  assert.ok(gzip <= 418_000, `${gzip}`);
  assert.ok(brotli <= 350_000, `${brotli}`);
});
