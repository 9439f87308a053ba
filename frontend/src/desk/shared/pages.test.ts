import { describe, expect, it } from 'vitest';
import { total } from './format';
import { Pages } from './pages.svelte';

const row = (id: string): { id: string } => ({ id });

describe('how long a list is', () => {
  it('is what the server counted, less what left it', async () => {
    const pages = new Pages<{ id: string }>();
    await pages.start(async () => ({ items: [row('a'), row('b')], next: 'more', total: { count: 5, more: false } }));
    expect(pages.total).toEqual({ count: 5, more: false });
    pages.put(row('a'), false);
    expect(pages.total).toEqual({ count: 4, more: false });
    pages.restore(row('a'), 0);
    expect(pages.total).toEqual({ count: 5, more: false });
  });
  it('is unknown where the server does not count, until all is here', async () => {
    const pages = new Pages<{ id: string }>();
    await pages.start(async (after) => (after ? { items: [row('c')] } : { items: [row('a'), row('b')], next: 'more' }));
    expect(pages.total).toBeUndefined();
    await pages.more();
    expect(pages.total).toEqual({ count: 3, more: false });
  });
  it('is at least what was counted', () => {
    expect(total({ count: 1000, more: true })).toMatch(/^1\s000\+$/u);
    expect(total({ count: 7, more: false })).toBe('7');
  });
});
