// Making and replacing elements. Text goes in as text only: there is no way from here to HTML.

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | EventListener | undefined>;

/** An element with a class (".a b" after the tag, as in "p.limit"), attributes, listeners ("onclick") and children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag | `${Tag}.${string}`,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name as Tag);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** An item of a list that says what was seen and, quietly, what to do about it. */
export function noteItem({ text, remedy }: { text: string; remedy: string }): HTMLElement {
  return h('li', {}, text, remedy && (text.endsWith('.') ? ' ' : '; '), h('span.quiet', {}, remedy));
}

/** The element of the page with this id; a missing one is a fault of the page itself. */
export function byId<Type extends HTMLElement = HTMLElement>(id: string): Type {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as Type;
}

/** Replaces the children; those that stay are left in place, and focus stays on the element with the same data-key. */
export function replaceChildren(parent: HTMLElement, ...children: Child[]): void {
  const active = document.activeElement;
  const key = active instanceof HTMLElement && parent.contains(active) ? active.dataset['key'] : undefined;
  const next = children.filter((child): child is Node | string => Boolean(child)).map((child) => (typeof child === 'string' ? document.createTextNode(child) : child));
  const stay = new Set(next);
  for (const old of [...parent.childNodes]) if (!stay.has(old)) old.remove();
  let at = parent.firstChild;
  for (const child of next) {
    if (child === at) at = at.nextSibling;
    else parent.insertBefore(child, at);
  }
  if (key !== undefined && !parent.contains(document.activeElement)) parent.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

/** The same for children without listeners: where they would look the same, nothing is touched. */
export function showChildren(parent: HTMLElement, ...children: HTMLElement[]): void {
  const old = parent.childNodes;
  if (old.length !== children.length || children.some((child, i) => !child.isEqualNode(old[i] ?? null))) replaceChildren(parent, ...children);
}

/** Elements by name, each with the values that it was made from. */
export type Drawn = Map<string, { of: readonly unknown[]; element: HTMLElement | null }>;

/** The element that was made from the same values before, or one that `make` makes now. */
export function drawnOf(drawn: Drawn, name: string, of: readonly unknown[], make: () => HTMLElement | null): HTMLElement | null {
  const kept = drawn.get(name);
  if (kept && kept.of.length === of.length && kept.of.every((value, i) => value === of[i])) return kept.element;
  const element = make();
  drawn.set(name, { of, element });
  return element;
}
