// A coordinator takes back what a slip of the finger approved.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call, enter, launch, open } from './browser.mjs';
import { demo, word } from './product.mjs';

describe('an approval taken back', () => {
  let product, browser, desk;
  before(async () => {
    [product, browser] = await Promise.all([demo(), launch()]);
    desk = await open(browser, product);
    await enter(desk, product.links.coordinator);
    await desk.waitForURL('**/desk*');
  });
  after(async () => {
    await browser?.close();
    await product?.stop();
  });

  test('releases the match and frees its device', async () => {
    const [match] = (await call(desk, 'GET', '/api/matches?state=proposed&limit=1')).items;
    await desk.goto('/desk/matches');
    await desk.locator('.all .row').filter({ hasText: match.reference }).click();
    await desk.waitForURL(`**/desk/matches/${match.id}`);
    const approved = desk.waitForResponse((answer) => answer.url().endsWith(`/api/matches/${match.id}/approve`) && answer.ok());
    await desk.locator('.panel').getByRole('button', { name: word('desk.matches.approve') }).click();
    await approved;
    assert.equal((await call(desk, 'GET', `/api/devices/${match.device}`)).state, 'reserved');
    await desk.locator('.toasts').getByRole('button', { name: word('desk.undo') }).click();
    await desk.getByText(word('desk.matches.released', { Reference: match.reference })).waitFor();
    assert.equal((await call(desk, 'GET', `/api/matches/${match.id}`)).state, 'released');
    const device = await call(desk, 'GET', `/api/devices/${match.device}`);
    assert.deepEqual([device.state, device.match ?? ''], ['available', '']);
    assert.equal((await call(desk, 'GET', `/api/applications/${match.application}`)).state, 'eligible');
    assert.deepEqual(desk.problems, []);
  });
});
