// Elements of a drawing on the page.

type Child = SVGElement | string | null;

/** An SVG element with attributes and children; text goes in as text. */
export function svg(tag: string, attributes: Record<string, string | number>, ...children: Child[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  for (const child of children) if (child !== null) element.append(child);
  return element;
}
