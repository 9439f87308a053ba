import { describe, expect, it } from 'vitest';
import { total } from './format';
import { Pages } from './pages.svelte';

const row = (id: string): { id: string } => ({ id });

describe('a list of a kept address', () => {
  const pagesOf = (asked: string[]) => async (after: string): Promise<{ items: { id: string }[]; next: string }> => {
    asked.push(after);
    return { items: [row(`row ${asked.length}`)], next: `after ${asked.length}` };
  };
  it('is read as far as the row that is open', async () => {
    const asked: string[] = [];
    const pages = new Pages<{ id: string }>();
    await pages.start(pagesOf(asked), 'row 3');
    expect(pages.rows.at(-1)?.id).toBe('row 3');
    await pages.reload('row 5');
    expect(pages.rows.at(-1)?.id).toBe('row 5');
  });
  it('is not read to its end for a row that it may not hold', async () => {
    const asked: string[] = [];
    await new Pages<{ id: string }>().start(pagesOf(asked), 'of another list', 4);
    expect(asked).toHaveLength(4);
  });
});

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
