/** Lets the pages of this origin open without a server, where the browser allows it (https, or this very computer). */
export async function registerWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('/sw.js');
    const { active } = await navigator.serviceWorker.ready;
    // What was loaded before the worker stood ready has not passed through it.
    const loaded = performance.getEntriesByType('resource').map((entry) => entry.name);
    active?.postMessage({ loaded });
  } catch {
    // Everything works without it, but for opening the page while the server is away.
  }
}
