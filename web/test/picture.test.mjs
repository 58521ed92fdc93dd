// The drawing of a plan is well-formed whatever the file says its name is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureSvg, xmlText } from '../../build/modules/answer/picture.js';

const device = (name) => ({ name, description: `<b>${name}</b>`, total_bytes: 2 ** 34, headroom_bytes: 2 ** 30, used: true, n_layers: 1, parts: [{ name: 'experts', bytes: 2 ** 33 }, { name: 'cache', bytes: 2 ** 31 }] });
const plan = (name) => ({
  summary: 'Fits',
  limit: 'a "limit" & more',
  model: { name, architecture: name, file_bytes: 2 ** 33 },
  devices: [device('CUDA0')],
  host: device('host'),
  layers: [
    { device: 0, expert_device: -1, weight_bytes: 5, expert_bytes: 4, cache_bytes: 1 },
    { device: 0, expert_device: 0, weight_bytes: 5, expert_bytes: 0, cache_bytes: 1 },
  ],
});

test('text of the file stays text', () => {
  const svg = pictureSvg(plan(`</text><script>alert(1)</script><image href="http://x"/>]]>&'\u0000\u000b\ud800`));
  const tags = [...svg.matchAll(/<\/?([a-z]+)/gi)].map((match) => match[1]);
  assert.deepEqual([...new Set(tags)].sort(), ['rect', 'svg', 'text', 'title']);
  assert.ok(!/[\u0000-\u0008\u000b]/.test(svg));
  const opened = tags.length;
  assert.ok(opened > 20);
});

test('what XML has a meaning for is written as a reference', () => {
  assert.equal(xmlText(`<a b="c" d='e'>&`), '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
});

test('a bar is as wide as its share of the largest device', () => {
  const two = plan('x');
  two.devices.push({ ...device('CUDA1'), total_bytes: 2 ** 33 + 2 ** 32, headroom_bytes: 0 });
  const outlines = [...pictureSvg(two).matchAll(/<rect[^>]* width="([\d.]+)"[^>]* stroke/g)].map((match) => Number(match[1]));
  assert.ok(Math.abs(outlines[1] / outlines[0] - 0.75) < 0.001, `${outlines}`);
});
