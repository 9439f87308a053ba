// The browser of the journeys: Debian's Chromium, one context a person.
import { chromium } from 'playwright-core';
import { word } from './product.mjs';

const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
export const desktop = { viewport: { width: 1440, height: 900 } };

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: quiet });
}

/** A page of somebody's own browser; what goes wrong in its scripts fails the test. */
export async function open(browser, product, options = desktop) {
  const context = await browser.newContext({ baseURL: product.url, locale: 'fr-FR', ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.problems = [];
  page.refused = [];
  page.on('response', (answer) => {
    if (answer.status() >= 400 && new URL(answer.url()).pathname.startsWith('/api/')) page.refused.push(`${answer.status()} ${answer.url()}`);
  });
  page.on('pageerror', (error) => page.problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) page.problems.push(message.text());
  });
  return page;
}

/** Signs in with the code that comes by mail. */
export async function signIn(page, product, email, next = '') {
  const asked = Date.now() - 1000;
  await page.goto('/fr/connexion' + (next ? `?next=${encodeURIComponent(next)}` : ''));
  await page.fill('#email', email);
  await page.click('main button.main');
  const [, code] = await product.mail.find(email, /\b(\d{6})\b/, asked);
  await page.fill('#code', code);
  await page.click('main button.main');
}

/** Signs in with a link of the demonstration. */
export async function enter(page, link) {
  await page.goto(link);
  await page.click('main button.main');
}

/** Calls the API as the page's person, from the page's own origin. */
export async function call(page, method, path, body) {
  const answer = await page.evaluate(
    async ([m, p, b]) => {
      const response = await fetch(p, { method: m, headers: b ? { 'Content-Type': 'application/json' } : {}, body: b ? JSON.stringify(b) : undefined });
      return { status: response.status, body: await response.json() };
    },
    [method, path, body],
  );
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Clicks the button that a key words. */
export function press(page, key, values) {
  return page.getByRole('button', { name: word(key, values), exact: false }).first().click();
}
