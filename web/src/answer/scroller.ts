// A frame for what may be wider than the screen: it scrolls by itself, and by keyboard too.
import { h } from '../dom.js';

export function scroller(label: string, content: HTMLElement): HTMLElement {
  return h('div.scroll', { tabindex: 0, role: 'group', 'aria-label': label, 'data-key': `scroll ${label}` }, content);
}
