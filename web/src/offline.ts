// Asks the browser to keep the page's own files, so that it opens without a network the next time.

/** Where the browser can't (no HTTPS, a private window, a file on disk) the page works as it is, from its host. */
export function keepForOffline(): void {
  if (!('serviceWorker' in navigator) || !window.isSecureContext || !location.protocol.startsWith('http')) return;
  navigator.serviceWorker.register(new URL('sw.js', document.baseURI)).catch(() => {});
}
