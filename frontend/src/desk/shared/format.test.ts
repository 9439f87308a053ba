import { describe, expect, it } from 'vitest';
import { date, days, time } from './format';

describe('moments', () => {
  it('says nothing of what is no time', () => {
    for (const value of [undefined, null, '', '0001-01-01T00:00:00Z', '1795595756734', 'bientôt']) {
      expect([date(value), time(value), days(value)]).toEqual(['', '', '']);
    }
  });
  it('names the year of another year', () => {
    expect(date('2019-03-01T10:00:00Z')).toBe('1 mars 2019');
  });
});
