// What leaves the page: to the clipboard, or as a file that the browser saves.

export function downloadBlob(blob: Blob, file: string): void {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement('a'), { href: url, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function downloadText(text: string, file: string, type = 'text/plain'): void {
  downloadBlob(new Blob([text], { type }), file);
}

/** Draws SVG text to a PNG of twice its size. The image comes from a data: address, so nothing is asked for. */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * 2;
  canvas.height = image.naturalHeight * 2;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('This browser draws no PNG.'))), 'image/png'));
}
