// A family on a bad line: without JavaScript, without a line, and with a
// finger that taps twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, desktop, enter, launch, open, phone } from './browser.mjs';
import { demo, word } from './product.mjs';

let product, browser, desk;
before(async () => {
  [product, browser] = await Promise.all([demo(), launch()]);
  desk = await open(browser, product, desktop);
  await enter(desk, product.links.coordinator);
});
after(async () => {
  await browser?.close();
  await product?.stop();
});

/** How many applications the desk finds under a name. */
async function found(name) {
  const { applications } = await call(desk, 'POST', '/api/search', { words: name });
  return applications?.length ?? 0;
}

async function fill(page, last) {
  await page.check('[name=for][value=self]');
  await page.fill('#first_name', 'Lina');
  await page.fill('#last_name', last);
  await page.fill('#birth_date', '2004-05-14');
  await page.check('[name=level][value=higher]');
  await page.selectOption('[name=course]', 'bts');
  await page.check('[name=equipment][value=none]');
  await page.check('[name=means][value=rsa]');
  await page.fill('#email', `${last.toLowerCase()}@famille.example`);
  await page.check('#agree');
}

test('without JavaScript, in Arabic: one long page, errors beside the fields, then thanks', async () => {
  const page = await open(browser, product, { ...phone, javaScriptEnabled: false });
  await page.goto('/ar/apply?postcode=95000');
  assert.equal(await page.getAttribute('html', 'dir'), 'rtl');
  await page.click('#send');
  assert.ok((await page.locator('.error').count()) >= 5, 'each missing answer is named');
  await fill(page, 'Sansjs');
  await page.click('#send');
  assert.match(await page.textContent('.handcode'), /\S{3}-\S{3}/);
  assert.equal(await found('Sansjs'), 1);
});

test('without a line: the form opens, the draft waits, and is sent once', async () => {
  const page = await open(browser, product, phone);
  await page.goto('/fr/demander?postcode=95000', { waitUntil: 'networkidle' });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload({ waitUntil: 'networkidle' }); // the worker is in charge from here on
  await page.context().setOffline(true);
  await page.reload();
  await page.waitForSelector('form#apply [role=status]');
  const step = () => page.locator('.step:not([hidden])');
  const last = await page.locator('.step:not([data-minors])').count();
  await page.evaluate(() => document.querySelectorAll('.step').forEach((s) => (s.hidden = false)));
  await fill(page, 'Horsligne');
  await page.evaluate(() => document.querySelectorAll('.step').forEach((s, i) => (s.hidden = i > 0)));
  for (let i = 1; i < last; i++) await step().locator('button.main').click();
  await page.click('#send');
  assert.match(await page.textContent('form#apply [role=status]'), new RegExp(word('family.apply.offline').slice(0, 20)));
  assert.equal(await found('Horsligne'), 0);
  await page.context().setOffline(false);
  await page.waitForSelector('#applied', { timeout: 20_000 });
  assert.equal(await found('Horsligne'), 1);
  assert.equal(await page.evaluate(() => localStorage.length), 0, 'the draft is gone once it was sent');
});

test('sent without a line, then closed: it leaves when the phone is opened again', async () => {
  const page = await open(browser, product, phone);
  await page.goto('/fr/demander?postcode=95000', { waitUntil: 'networkidle' });
  await page.evaluate(() => document.querySelectorAll('.step').forEach((s) => (s.hidden = false)));
  await fill(page, 'Refermee');
  await page.evaluate(() => document.querySelectorAll('.step').forEach((s, i) => (s.hidden = i > 0)));
  const last = await page.locator('.step:not([data-minors])').count();
  for (let i = 1; i < last; i++) await page.locator('.step:not([hidden]) button.main').click();
  await page.context().setOffline(true);
  await page.click('#send');
  await page.close();
  const again = await page.context().newPage();
  await again.context().setOffline(false);
  await again.goto('/fr/');
  await again.click('#unsent a');
  await again.waitForSelector('#applied', { timeout: 20_000 });
  assert.equal(await found('Refermee'), 1);
});

test('the Back button of the phone goes back one question, with what was typed', async () => {
  const page = await open(browser, product, phone);
  await page.goto('/fr/demander?postcode=95000', { waitUntil: 'networkidle' });
  await page.locator('.step:not([hidden]) button.main').click();
  await page.check('[name=for][value=self]');
  await page.goBack();
  assert.ok(await page.isVisible('#commune'));
  await page.goForward();
  assert.ok(await page.isChecked('[name=for][value=self]'));
});

test('a page that was never read says that there is no line', async () => {
  const page = await open(browser, product, phone);
  await page.goto('/fr/', { waitUntil: 'networkidle' });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload({ waitUntil: 'networkidle' });
  await page.context().setOffline(true);
  await page.goto('/en/apply').catch(() => undefined);
  assert.match(await page.textContent('body'), /No connection/);
});

test('sent again from the page before, it is one application', async () => {
  const page = await open(browser, product, { ...phone, javaScriptEnabled: false });
  await page.goto('/fr/demander?postcode=95000');
  await fill(page, 'Deuxfois');
  await page.click('#send');
  await page.waitForSelector('#applied');
  await page.goBack();
  await fill(page, 'Deuxfois');
  await page.click('#send');
  await page.waitForSelector('#applied');
  assert.equal(await found('Deuxfois'), 1);
});
