import { toasts } from './toasts.svelte';

// A decision that leads to a letter cannot be taken back once it is sent, so it
// waits a moment during which it can be undone. Leaving the page sends it.

const grace = 5000;
const waiting = new Set<() => void>();

addEventListener('pagehide', () => {
  for (const send of [...waiting]) send();
});

/** Says what was decided, and does it after a moment unless it is undone. */
export function later(said: string, run: () => Promise<void>, undone: () => void): void {
  const send = (): void => {
    if (!waiting.delete(send)) return;
    clearTimeout(timer);
    void run();
  };
  const toast = toasts.say(said, () => {
    if (!waiting.delete(send)) return;
    clearTimeout(timer);
    toasts.drop(toast);
    undone();
  });
  const timer = setTimeout(send, grace);
  waiting.add(send);
}
