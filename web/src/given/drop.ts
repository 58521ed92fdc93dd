// Files in: dropped anywhere on the page, or picked. Only their names, sizes and handles are taken here.
import { byId } from '../dom.js';
import type { HeaderSource } from '../messages.js';

const sources = (files: FileList): HeaderSource[] =>
  [...files].map((file) => ({ name: file.name, file_bytes: file.size, blob: file }));

/** Tells `open` of each drop or choice of at least one file. */
export function takeFiles(open: (sources: HeaderSource[]) => void): void {
  const input = byId<HTMLInputElement>('files');
  input.addEventListener('change', () => {
    if (input.files && input.files.length > 0) open(sources(input.files));
    input.value = ''; // so that the same file can be chosen again
  });
  for (const id of ['open', 'pick']) byId(id).addEventListener('click', () => input.click());

  let depth = 0;
  const show = (): void => void document.body.classList.toggle('dragging', depth > 0);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  window.addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    depth++;
    show();
  });
  window.addEventListener('dragleave', (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    show();
  });
  window.addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  window.addEventListener('drop', (event) => {
    depth = 0;
    show();
    if (!hasFiles(event)) return;
    event.preventDefault();
    const files = event.dataTransfer?.files;
    if (files && files.length > 0) open(sources(files));
  });
}
