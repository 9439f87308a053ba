import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.useRealTimers();
  vi.resetModules();
});

test('a form is sent once', async () => {
  vi.useFakeTimers();
  document.body.innerHTML = '<form><button>x</button><button type="button">y</button></form>';
  await import('./site');
  const form = document.querySelector('form') as HTMLFormElement;
  form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  const [send, other] = Array.from(document.querySelectorAll('button')) as [HTMLButtonElement, HTMLButtonElement];
  expect(send.disabled).toBe(false); // its value is still to be sent along
  vi.runAllTimers();
  expect([send.disabled, other.disabled]).toEqual([true, false]);
});

test('a form that its own script holds back stays open', async () => {
  vi.useFakeTimers();
  document.body.innerHTML = '<form><button>x</button></form>';
  await import('./site');
  const form = document.querySelector('form') as HTMLFormElement;
  form.addEventListener('submit', (event) => event.preventDefault());
  form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  vi.runAllTimers();
  expect((document.querySelector('button') as HTMLButtonElement).disabled).toBe(false);
});
