// Every page of the demonstration as its reader opens it: no barrier that axe
// finds, no script error, nothing wider than the screen, and within budget.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { call, desktop, enter, launch, open, phone } from './browser.mjs';
import { demo } from './product.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Pages by who reads them and on what; ":x" stands for an id found at the start. */
const readers = [
  { role: '', on: phone, pages: ['/fr/', '/en/', '/ar/', '/fr/choix', '/ar/choice', '/en/privacy', '/fr/accessibilite', '/fr/mentions', '/fr/connexion', '/ar/sign-in',
    '/fr/demander', '/fr/demander?postcode=95000', '/en/apply?postcode=95000', '/ar/apply?postcode=95000', '/fr/rien', '/demo'] },
  { role: '', on: desktop, pages: ['/fr/', '/ar/', '/fr/donner', '/fr/donner?postcode=95000', '/en/donate?postcode=95000', '/ar/donate?postcode=95000', '/api'] },
  { role: 'student', on: phone, pages: ['/fr/mes-demandes', '/en/my-applications', '/ar/my-applications', '/fr/mes-demandes/:application', '/ar/my-applications/:application', '/fr/mes-donnees', '/ar/my-data'] },
  { role: 'donor', on: desktop, pages: ['/fr/mes-dons', '/en/my-donations', '/ar/my-donations', '/fr/mes-dons/:donation', '/ar/my-donations/:donation', '/fr/mes-dons/:donation/convention', '/en/my-donations/:donation/list'] },
  { role: 'prescriber', on: desktop, pages: ['/fr/prescripteur', '/en/prescriber', '/ar/prescriber', '/fr/prescripteur/orienter'] },
  { role: 'technician', on: phone, pages: ['/fr/atelier', '/fr/atelier/:device', '/fr/atelier?donation=:lot'] },
  { role: 'greeter', on: phone, pages: ['/fr/accueil'] },
  { role: 'coordinator', on: desktop, pages: ['/desk', '/desk/matches', '/desk/rounds', '/desk/applications', '/desk/applications/:candidate', '/desk/donations', '/desk/devices', '/desk/deliveries', '/desk/territory', '/desk/search', '/desk/notices'] },
];

/** Where an id in an address is found by its reader. */
const ids = {
  ':application': '/api/my/applications', ':donation': '/api/my/donations', ':device': '/api/devices', ':lot': '/api/donations', ':candidate': '/api/applications',
};

let product, browser;
before(async () => {
  [product, browser] = await Promise.all([demo(), launch()]);
});
after(async () => {
  await browser?.close();
  await product?.stop();
});

async function fill(page, address) {
  const [id] = address.match(/:\w+/) ?? [];
  if (!id) return address;
  const { items } = await call(page, 'GET', ids[id]);
  assert.ok(items.length > 0, `the demonstration has something for ${address}`);
  return address.replace(id, items[0].id);
}

async function barriers(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((only) => window.axe.run(document, { runOnly: only }), rules);
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | ')}`);
}

for (const colorScheme of ['light', 'dark']) {
  for (const reader of readers) {
    describe(`${reader.role || 'anyone'}, ${reader.on.isMobile ? 'phone' : 'desktop'}, ${colorScheme}`, () => {
      let page;
      before(async () => {
        page = await open(browser, product, { ...reader.on, colorScheme });
        if (reader.role) await enter(page, product.links[reader.role]);
      });
      after(() => page?.context().close());
      for (const address of reader.pages) {
        test(address, async () => {
          page.problems.length = page.refused.length = 0;
          const answer = await page.goto(await fill(page, address), { waitUntil: 'networkidle' });
          assert.equal(answer.status(), address === '/fr/rien' ? 404 : 200);
          assert.deepEqual(await barriers(page), []);
          const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
          assert.ok(wide <= screen + 1, `${wide} px wide on a screen of ${screen}`);
          assert.deepEqual([...page.problems, ...page.refused], []);
        });
      }
    });
  }
}

describe('budgets', () => {
  const budgets = [
    { address: '/fr/', script: 22_000, requests: 5 },
    { address: '/fr/demander?postcode=95000', script: 22_000, requests: 6 },
    { address: '/fr/donner?postcode=95000', script: 45_000, requests: 6 },
    { role: 'coordinator', address: '/desk', script: 60_000 },
  ];
  for (const { role, address, script, requests } of budgets) {
    test(address, async () => {
      const page = await open(browser, product, role ? desktop : phone);
      if (role) await enter(page, product.links[role]);
      const loaded = [];
      page.on('response', (response) => loaded.push(response));
      await page.goto(address, { waitUntil: 'networkidle' });
      let bytes = 0;
      for (const response of loaded) {
        if (!/javascript/.test(response.headers()['content-type'] ?? '')) continue;
        bytes += (await response.request().sizes()).responseBodySize;
      }
      assert.ok(bytes <= script, `${bytes} bytes of script, at most ${script}`);
      if (requests) assert.ok(loaded.length <= requests, `${loaded.length} requests: ${loaded.map((r) => r.url()).join(' ')}`);
      await page.context().close();
    });
  }
});
