import { expect, test } from 'vitest';
import { noLine, wayOf } from './offline';

const at = (path: string) => new URL(path, 'https://passerelle.example');

test('assets and public pages are kept, nothing of one person', () => {
  expect(wayOf('GET', 'no-cors', at('/assets/site-1.css'))).toBe('asset');
  expect(wayOf('GET', 'navigate', at('/fr/demander?postcode=95000'))).toBe('page');
  expect(wayOf('GET', 'navigate', at('/ar/'))).toBe('page');
  for (const path of ['/fr/mes-demandes', '/fr/suivi/secret', '/desk', '/api/me', '/fr/demander/merci']) {
    expect(wayOf('GET', 'navigate', at(path))).toBe('none');
  }
  expect(wayOf('POST', 'navigate', at('/fr/demander'))).toBe('none');
});

test('without a line a page says so in its language', () => {
  expect(noLine(at('/ar/apply'))).toContain('dir="rtl"');
  expect(noLine(at('/en/apply'))).toContain('No connection');
  expect(noLine(at('/xx/'))).toContain('Pas de connexion');
});
