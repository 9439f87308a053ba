import { describe, expect, it } from 'vitest';
import { route } from './route.svelte';

const back = (): Promise<unknown> =>
  new Promise((done) => {
    addEventListener('popstate', done, { once: true });
    history.back();
  });

describe('the panel of a list', () => {
  it('closes by Back, the list staying', async () => {
    route.go('/desk');
    route.go('/desk/devices?state=available');
    route.open('dev_1');
    route.open('dev_2');
    expect(location.pathname).toBe('/desk/devices/dev_2');
    await back();
    expect(location.pathname + location.search).toBe('/desk/devices?state=available');
    expect(route.current.id).toBe('');
    await back();
    expect(location.pathname).toBe('/desk');
  });
  it('closed by hand leaves no step behind', async () => {
    route.go('/desk');
    route.go('/desk/devices');
    route.open('dev_1');
    const closed = new Promise((done) => addEventListener('popstate', done, { once: true }));
    route.open('');
    expect(route.current.id).toBe('');
    await closed;
    expect(location.pathname).toBe('/desk/devices');
    await back();
    expect(location.pathname).toBe('/desk');
  });
  it('closed after its list was filtered keeps the filter', () => {
    route.go('/desk/devices');
    route.open('dev_1');
    route.filter({ state: 'ready' });
    route.open('');
    expect(location.pathname + location.search).toBe('/desk/devices?state=ready');
  });
});
