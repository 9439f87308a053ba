import { describe, expect, it } from 'vitest';
import { cause, code, fact } from './words';

describe('the cause of a change', () => {
  it('words codes, keeps what was written, leaves ids and unknown codes out', () => {
    expect(cause('has_device')).toBe('A déjà un ordinateur adéquat');
    for (const said of ['has_one', 'not_suitable', 'too_far', 'later', 'no_answer', 'no_show', 'lock_found', 'approve']) expect(cause(said)).not.toMatch(/^$|_/);
    expect(cause('charnière cassée')).toBe('charnière cassée');
    for (const silent of ['slo_sit_01a212239b017621b26c3f4a1b33cdd3_2026-11-25_1000', 'mat_01a212239b017621', 'some_code']) expect(cause(silent)).toBe('');
  });
});

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
    expect(fact('sharing', '3/1')).toBe('élèves par ordinateur\u00a0: 3/1');
    expect(fact('pair.distance', '-1.0')).toBe('lieu inconnu');
  });
});
