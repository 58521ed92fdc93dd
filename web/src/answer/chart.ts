// Context against memory and speed: small drawings over one axis of contexts, and the same as a table.
import { drawnOf, h, replaceChildren, type Drawn } from '../dom.js';
import { count, mib, speed } from '../format.js';
import type { ContextCurve, ContextPoint, Plan } from '../ggufit.js';
import { svg } from './svg.js';
import { scroller } from './scroller.js';

const width = 340;
const height = 176;
const edge = { left: 8, right: 10, top: 24, bottom: 22 };
const gib_bytes = 1024 ** 3;

interface Series {
  title: string;
  unit: string;
  value: (point: ContextPoint) => number;
  /** As it is written beside a point. */
  text: (value: number) => string;
  /** Drawn in as a line that must not be crossed. */
  limit?: { value: number; label: string };
  /** Points that are left out: nothing runs there. */
  shown: (point: ContextPoint) => boolean;
}

/** "32k", "1M", "40,000": contexts as people say them. */
export function contextWord(n_ctx: number): string {
  if (n_ctx >= 2 ** 20 && n_ctx % 2 ** 20 === 0) return `${n_ctx / 2 ** 20}M`;
  return n_ctx % 1024 === 0 ? `${n_ctx / 1024}k` : count(n_ctx);
}

/** The device that runs out first: the least room at the largest context that was counted. */
function tightest(plan: Plan, curve: ContextCurve): number {
  const last = curve.points.at(-1);
  const used = plan.devices.map((device, i) => ({ i, room: last?.headroom_bytes[i] ?? 0, used: device.used }));
  return used.filter((device) => device.used).sort((a, b) => a.room - b.room)[0]?.i ?? -1;
}

function seriesOf(plan: Plan, curve: ContextCurve): Series[] {
  const found: Series[] = [];
  const i = tightest(plan, curve);
  const device = plan.devices[i];
  const mib_text = (bytes: number): string => `${mib(bytes)} MiB`;
  const everywhere = (): boolean => true;
  if (device) {
    found.push({
      title: `Memory of ${device.name}`,
      unit: 'MiB',
      value: (point) => point.used_bytes[i] ?? 0,
      text: mib_text,
      limit: { value: device.budget_bytes, label: `${mib(device.budget_bytes)} MiB free for it` },
      shown: everywhere,
    });
  }
  const most_ram = Math.max(...curve.points.map((point) => point.host_used_bytes));
  if (!device || most_ram > 2 * gib_bytes) {
    const total = plan.host.total_bytes;
    found.push({
      title: 'System memory',
      unit: 'MiB',
      value: (point) => point.host_used_bytes,
      text: mib_text,
      ...(total > 0 ? { limit: { value: total, label: `${mib(total)} MiB` } } : {}),
      shown: everywhere,
    });
  }
  if (curve.points.some((point) => point.full_tokens_per_second > 0)) {
    found.push({
      title: 'Speed, context filled',
      unit: 't/s',
      value: (point) => point.full_tokens_per_second,
      text: (value) => `~${speed(value)} t/s`,
      shown: (point) => point.full_tokens_per_second > 0,
    });
  }
  return found;
}

function drawing(plan: Plan, curve: ContextCurve, series: Series): SVGElement {
  const points = curve.points.filter(series.shown);
  const all = curve.points.map((point) => point.n_ctx);
  const [least, most] = [Math.log2(all[0] ?? 1), Math.log2(all.at(-1) ?? 2)];
  const top_value = Math.max(...points.map(series.value), series.limit?.value ?? 0, 1e-9) * 1.04;
  const x = (n_ctx: number): number => edge.left + ((Math.log2(n_ctx) - least) / Math.max(most - least, 1e-9)) * (width - edge.left - edge.right);
  const y = (value: number): number => height - edge.bottom - (value / top_value) * (height - edge.top - edge.bottom);
  const base = height - edge.bottom;
  const parts: SVGElement[] = [svg('line', { class: 'axis', x1: edge.left, x2: width - edge.right, y1: base, y2: base })];
  const step = Math.ceil(all.length / 6);
  all.forEach((n_ctx, i) => {
    const last = i === all.length - 1;
    if (!last && (i % step !== 0 || x(all.at(-1) ?? 1) - x(n_ctx) < 40)) return;
    const anchor = last ? 'end' : i === 0 ? 'start' : 'middle';
    parts.push(svg('text', { class: 'tick', x: last ? width - edge.right : x(n_ctx), y: height - 6, 'text-anchor': anchor }, contextWord(n_ctx)));
  });
  if (series.limit) {
    const at = y(series.limit.value);
    parts.push(svg('line', { class: 'limit-line', x1: edge.left, x2: width - edge.right, y1: at, y2: at }));
    parts.push(svg('text', { class: 'tick', x: edge.left, y: at - 5 }, series.limit.label));
  }
  if (curve.largest_n_ctx > 0) {
    const at = x(curve.largest_n_ctx);
    parts.push(svg('line', { class: 'largest-line', x1: at, x2: at, y1: edge.top, y2: base }));
  }
  parts.push(svg('polyline', { class: 'curve', points: points.map((point) => `${x(point.n_ctx).toFixed(1)},${y(series.value(point)).toFixed(1)}`).join(' ') }));
  for (const point of points) {
    const current = point.n_ctx === plan.n_ctx;
    const kind = current ? 'dot current-dot' : point.verdict === 'does_not_fit' ? 'dot failing-dot' : 'dot';
    const title = svg('title', {}, `${count(point.n_ctx)} tokens: ${series.text(series.value(point))}`);
    parts.push(svg('circle', { class: kind, cx: x(point.n_ctx), cy: y(series.value(point)), r: current ? 5 : 3 }, title));
    if (!current) continue;
    // Beside the line, never on it: above its left side where it rises, below where it falls.
    const near_right = x(point.n_ctx) > width / 2;
    const rises = series.value(points.at(-1) ?? point) >= series.value(points[0] ?? point);
    const at = y(series.value(point)) + (rises === near_right ? -9 : 20);
    parts.push(svg('text', { class: 'here', x: x(point.n_ctx) + (near_right ? -9 : 9), y: Math.min(at, base - 4), 'text-anchor': near_right ? 'end' : 'start' }, series.text(series.value(point))));
  }
  const said = points.map((point) => `${contextWord(point.n_ctx)} ${series.text(series.value(point))}`).join(', ');
  return svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${series.title} by context: ${said}` }, ...parts);
}

function table(plan: Plan, curve: ContextCurve): HTMLElement {
  const names = plan.devices.map((device) => `${device.name} MiB`);
  const head = ['context', 'verdict', ...names, 'RAM MiB', 't/s empty', 't/s filled'].map((text) => h('th', { scope: 'col' }, text));
  const verdicts = { fits: 'fits', tight: 'tight', does_not_fit: 'does not fit' } as const;
  const fast = (value: number): string => (value > 0 ? `~${speed(value)}` : '–');
  const rows = curve.points.map((point) =>
    h(
      'tr',
      { class: point.n_ctx === plan.n_ctx ? 'current' : undefined },
      h('th', { scope: 'row' }, count(point.n_ctx)),
      h('td', { class: `verdict-${point.verdict}` }, verdicts[point.verdict]),
      ...point.used_bytes.map((bytes) => h('td', {}, mib(bytes))),
      h('td', {}, mib(point.host_used_bytes)),
      h('td', {}, fast(point.empty_tokens_per_second)),
      h('td', {}, fast(point.full_tokens_per_second)),
    ),
  );
  return scroller('Contexts', h('table', {}, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)));
}

/** "131,072 tokens now; the largest that fits is 262,144, all that it was trained with." */
function sentence(plan: Plan, curve: ContextCurve): string {
  const now = `${count(plan.n_ctx)} tokens now`;
  if (curve.largest_n_ctx === 0) return `${now}; none of these contexts fits.`;
  const trained = curve.largest_n_ctx === plan.model.n_ctx_train ? ', all that it was trained with' : '';
  return `${now}; the largest that fits is ${count(curve.largest_n_ctx)}${trained}.`;
}

/** The drawings and the table: they change with the curve, the devices and the point that is the plan's own context. */
function figures(plan: Plan, curve: ContextCurve, table_open: boolean): HTMLElement {
  const charts = seriesOf(plan, curve).map((series) => {
    const figure = h('figure.small-chart', {}, h('figcaption', {}, series.title));
    figure.append(drawing(plan, curve, series));
    return figure;
  });
  const details = h('details.curve-table', {}, h('summary', { 'data-key': 'curve table' }, 'As a table'), table(plan, curve));
  if (table_open) details.setAttribute('open', '');
  return h('div', {}, h('div.small-charts', {}, ...charts), details);
}

/** Comes after the whole plan; a place is kept for it until then. */
export function chart(plan: Plan, table_open: boolean, drawn: Drawn): HTMLElement {
  const { curve } = plan;
  const heading = h('h2', { id: 'curve-heading' }, 'Context against memory and speed');
  if (!curve || curve.points.length === 0) {
    return h('section.curve-section', { 'aria-labelledby': 'curve-heading' }, heading, h('p.quiet.curve-waiting', {}, curve ? 'No context can be planned.' : 'Counting …'));
  }
  const section = drawnOf(drawn, 'curve', [curve], () => h('section.curve-section', { 'aria-labelledby': 'curve-heading' }, heading)) ?? h('section');
  const point = curve.points.findIndex(({ n_ctx }) => n_ctx === plan.n_ctx);
  const devices = [...plan.devices, plan.host].map(({ name, used, budget_bytes, total_bytes }) => [name, used, budget_bytes, total_bytes].join()).join(';');
  const shown = drawnOf(drawn, 'curve figures', [curve, point, devices], () => figures(plan, curve, table_open));
  replaceChildren(section, section.firstChild, h('p.quiet', {}, sentence(plan, curve)), shown);
  return section;
}
