// An input with a list of suggestions, operated as the ARIA Authoring Practices describe an editable combobox.
import { h, replaceChildren } from '../dom.js';

export interface Suggestion {
  label: string;
  detail: string;
  /** What is told to `choose`. */
  value: string;
}

export interface ComboboxActions {
  suggest: (text: string) => Suggestion[];
  choose: (value: string) => void;
}

/**
 * Shows suggestions while text is typed. Arrow keys walk through them, Enter or a click takes one, Escape closes the
 * list and, once more, empties the input. Enter without a suggestion is left to the form.
 */
export function combobox(input: HTMLInputElement, list: HTMLElement, actions: ComboboxActions): void {
  let shown: Suggestion[] = [];
  let active = -1;
  const optionId = (i: number): string => `${list.id}-${i}`;

  const close = (): void => {
    shown = [];
    activate(-1);
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
  };
  const activate = (i: number): void => {
    active = i;
    for (const [j, option] of [...list.children].entries()) option.setAttribute('aria-selected', String(i === j));
    if (i < 0) return input.removeAttribute('aria-activedescendant');
    input.setAttribute('aria-activedescendant', optionId(i));
    list.children[i]?.scrollIntoView({ block: 'nearest' });
  };
  const take = (i: number): void => {
    const suggestion = shown[i];
    close();
    if (suggestion) actions.choose(suggestion.value);
  };
  const open = (): void => {
    shown = actions.suggest(input.value);
    const options = shown.map((suggestion, i) => {
      // a mouse pressed on an option must not take the focus from the input
      const option = h('li.option', { role: 'option', id: optionId(i), 'aria-selected': 'false', onpointerdown: (event) => event.preventDefault(), onclick: () => take(i) });
      option.append(h('span', {}, suggestion.label), h('span.quiet', {}, suggestion.detail));
      return option;
    });
    replaceChildren(list, ...options);
    activate(-1);
    list.hidden = options.length === 0;
    input.setAttribute('aria-expanded', String(options.length > 0));
  };

  const keys: Record<string, () => boolean> = {
    ArrowDown: () => {
      if (shown.length === 0) open();
      if (shown.length > 0) activate((active + 1) % shown.length);
      return shown.length > 0;
    },
    ArrowUp: () => {
      if (shown.length > 0) activate(active <= 0 ? shown.length - 1 : active - 1);
      return shown.length > 0;
    },
    Enter: () => {
      if (active < 0) {
        close();
        return false;
      }
      take(active);
      return true;
    },
    Escape: () => {
      if (shown.length > 0) close();
      else input.value = '';
      return true;
    },
  };
  input.addEventListener('keydown', (event) => {
    if (!event.isComposing && keys[event.key]?.()) event.preventDefault();
  });
  input.addEventListener('input', open);
  input.addEventListener('blur', close);
}
