import { describe, expect, it } from 'vitest';
import { date, days, time } from './format';

describe('moments', () => {
  it('says nothing of what is no time', () => {
    for (const value of [undefined, null, '', '0001-01-01T00:00:00Z', '1795595756734', 'bientôt']) {
      expect([date(value), time(value), days(value)]).toEqual(['', '', '']);
    }
  });
  it('follows the clocks of the territory, across the change to summer time', () => {
    expect(time('2026-03-29T00:30:00Z', 'Europe/Paris')).toBe('29 mars, 01:30');
    expect(time('2026-03-29T01:30:00Z', 'Europe/Paris')).toBe('29 mars, 03:30');
    expect(date('2019-12-31T23:30:00Z', 'Indian/Reunion')).toBe('1 janv. 2020');
    expect(date('2019-01-01T02:00:00Z', 'America/Cayenne')).toBe('31 déc. 2018');
  });
  it('keeps a day that is one already', () => {
    expect(date('2019-03-01', 'America/Cayenne')).toBe('1 mars 2019');
  });
  it('names the year of another year', () => {
    expect(date('2019-03-01T10:00:00Z')).toBe('1 mars 2019');
  });
});
