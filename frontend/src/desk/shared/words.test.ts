import { describe, expect, it } from 'vitest';
import { code, fact } from './words';

describe('the reasons of a score', () => {
  it('word every rule', () => {
    for (const rule of ['equipment', 'means', 'grave_obstacle', 'long_wait', 'deadline', 'sharing', 'obstacle', 'waiting', 'need', 'fit', 'distance']) {
      expect(code('rule', rule)).not.toBe(rule);
    }
  });
  it('word codes, numbers and scholarships', () => {
    expect(fact('equipment', 'crowded')).toBe('un pour trois élèves ou plus');
    expect(fact('means', 'scholarship_0bis')).toBe('bourse, échelon 0bis');
    expect(fact('deadline', '30')).toBe('dans 30 jours au plus');
    expect(fact('sharing', '3/1')).toBe('élèves par ordinateur : 3/1');
    expect(fact('pair.distance', '-1.0')).toBe('lieu inconnu');
  });
});
