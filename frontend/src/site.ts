// What every page has: a form is sent once however often it is tapped, a long
// work goes on by itself, and the phone keeps a copy of what was read.

/** Keeps a form from being sent twice; a page that comes back can be sent again. */
export function sendOnce(document: Document): void {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
    // Later: a button that is disabled at once would not be sent along.
    setTimeout(() => buttons(form).forEach((b) => (b.disabled = true)), 0);
  });
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) document.querySelectorAll('form').forEach((form) => buttons(form).forEach((b) => (b.disabled = false)));
  });
}

function buttons(form: HTMLFormElement): HTMLButtonElement[] {
  return Array.from(form.querySelectorAll<HTMLButtonElement>('button:not([type=button])'));
}

/** Goes on with a work that the server does in pieces; leaving the page stops it. */
export function goOn(document: Document): void {
  const form = document.querySelector<HTMLFormElement>('form[data-continue]');
  if (form) setTimeout(() => form.submit(), 400);
}

sendOnce(document);
goOn(document);
if ('serviceWorker' in navigator) void navigator.serviceWorker.register('/sw.js').catch(() => undefined);
