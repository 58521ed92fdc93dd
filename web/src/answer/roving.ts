// Lists of small things, each of which can be focused: one stop of the Tab key, arrow keys between them.

/** Moves the focus to the neighbour that an arrow key, Home or End means. For the list's onkeydown. */
export function moveFocus(event: Event): void {
  const { key, currentTarget } = event as KeyboardEvent;
  const items = [...(currentTarget as Element).querySelectorAll<HTMLElement>('[tabindex]')];
  const at = items.findIndex((item) => item === document.activeElement);
  const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
  const next = to === undefined ? undefined : items[to];
  if (!next) return;
  event.preventDefault();
  for (const item of items) item.tabIndex = item === next ? 0 : -1;
  next.focus();
}
