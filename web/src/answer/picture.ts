// The bars and the layer map as one drawing with its own colours, for a file: a plan in, SVG text out.
import { mib, ranges } from '../format.js';
import type { Plan, PlanDevice } from '../ggufit.js';
import { shownParts, span, totals } from './bars.js';
import { partLook, part_looks } from './parts.js';
import { deviceName } from './splits.js';

const part_colours: Record<string, string> = {
  attention: '#2f6fb3',
  feed_forward: '#6aa5d8',
  experts: '#7b61c4',
  embeddings: '#3f8f86',
  output: '#5fa79f',
  cache: '#d99a2b',
  compute: '#c4566e',
  driver: '#8d8f94',
  reserved: '#c9c9c4',
  free: '#f1f1ec',
  other: '#5f6268',
};
const device_colours = ['#2f6fb3', '#3f8f86', '#7b61c4', '#d99a2b', '#c4566e', '#6aa5d8'];
const host_colour = '#c9c9c4';
const [ink, quiet, hairline, paper] = ['#1b1c1e', '#5f6268', '#d5d5cf', '#fbfbf9'];
const width = 1000;
const margin = 32;
const inner = width - 2 * margin;

/** Text as it stands in XML: nothing of it is markup, and nothing that XML forbids is left. */
export function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

interface Style {
  size?: number;
  colour?: string;
  weight?: number;
  anchor?: 'start' | 'end';
}

function text(x: number, y: number, words: string, { size = 13, colour = ink, weight = 400, anchor = 'start' }: Style = {}): string {
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${colour}" text-anchor="${anchor}">${xmlText(words)}</text>`;
}

function box(x: number, y: number, w: number, h: number, fill: string): string {
  return `<rect x="${x.toFixed(2)}" y="${y}" width="${Math.max(w, 0).toFixed(2)}" height="${h}" fill="${fill}"/>`;
}

const deviceColour = (device: number): string => (device < 0 ? host_colour : (device_colours[device % device_colours.length] ?? host_colour));

/** Words that fit a width at a size, cut where they don't. */
function cut(words: string, room: number, size: number): string {
  const most = Math.floor(room / (size * 0.56));
  return words.length <= most ? words : `${words.slice(0, Math.max(most - 1, 0))}…`;
}

class Drawing {
  private parts: string[] = [];
  y = margin;

  add(...parts: string[]): void {
    this.parts.push(...parts);
  }

  bar(device: PlanDevice, scale: number): void {
    const said = totals(device);
    const name = device.name === 'host' ? 'RAM (own scale)' : `${device.name} ${device.description}`;
    this.add(text(margin, this.y + 12, cut(name, inner - said.length * 8, 13), { weight: 600 }), text(width - margin, this.y + 12, said, { colour: quiet, anchor: 'end' }));
    let x = margin;
    const whole = inner * (span(device) / scale);
    for (const part of shownParts(device)) {
      const w = whole * (part.bytes / span(device));
      this.add(box(x, this.y + 20, w, 30, part_colours[partLook(part.name).name] ?? quiet));
      x += w;
    }
    this.add(`<rect x="${margin}" y="${this.y + 20}" width="${whole.toFixed(2)}" height="30" fill="none" stroke="${hairline}"/>`);
    this.y += 66;
  }

  legend(entries: [string, string][]): void {
    let x = margin;
    for (const [label, colour] of entries) {
      const w = 26 + label.length * 7.4;
      if (x + w > width - margin) [x, this.y] = [margin, this.y + 20];
      this.add(box(x, this.y, 11, 11, colour), text(x + 17, this.y + 10, label, { size: 12, colour: quiet }));
      x += w;
    }
    this.y += 34;
  }

  layers(plan: Plan): void {
    const each = inner / plan.layers.length;
    plan.layers.forEach((layer, i) => {
      const x = margin + i * each;
      const w = Math.max(each - 2, 1);
      const split = layer.expert_bytes > 0;
      this.add(box(x, this.y, w, split ? 17 : 36, deviceColour(layer.device)));
      if (split) this.add(box(x, this.y + 19, w, 17, deviceColour(layer.expert_device)));
    });
    this.y += 48;
  }

  end(title: string): string {
    const height = this.y + margin / 2;
    const font = 'system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif';
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${font}">` +
      `<title>${xmlText(title)}</title><rect width="${width}" height="${height}" fill="${paper}"/>${this.parts.join('')}</svg>\n`
    );
  }
}

/** The whole drawing. It holds no more of the file than the model's name. */
export function pictureSvg(plan: Plan): string {
  const drawing = new Drawing();
  const title = `${plan.model.name}: ${plan.summary}`;
  drawing.add(text(margin, drawing.y + 14, cut(title, inner, 19), { size: 19, weight: 650 }));
  drawing.add(text(margin, drawing.y + 36, cut(plan.limit, inner, 13), { colour: quiet }));
  drawing.y += 62;
  const scale = Math.max(...plan.devices.map(span), 1);
  for (const device of plan.devices) drawing.bar(device, scale);
  drawing.bar(plan.host, Math.max(span(plan.host), 1));
  const all = [...plan.devices, plan.host];
  const present = part_looks.filter((look) => all.some((device) => shownParts(device).some((part) => part.name === look.name)));
  drawing.legend(present.map((look) => [look.label, part_colours[look.name] ?? quiet]));
  if (plan.layers.length > 0) {
    drawing.layers(plan);
    const used = [...new Set(plan.layers.flatMap((layer) => [layer.device, layer.expert_device]))].sort((a, b) => b - a);
    drawing.legend(used.map((device) => [`${deviceName(plan, device)}: layers ${ranges(layersOn(plan, device))}`, deviceColour(device)]));
  }
  drawing.add(text(margin, drawing.y, `ggufit · ${plan.model.architecture} · ${mib(plan.model.file_bytes)} MiB`, { size: 11, colour: quiet }));
  return drawing.end(title);
}

function layersOn(plan: Plan, device: number): number[] {
  return plan.layers.flatMap((layer, i) => (layer.device === device || (layer.expert_bytes > 0 && layer.expert_device === device) ? [i] : []));
}
