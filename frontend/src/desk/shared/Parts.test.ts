import { render, screen } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import Parts from './Parts.svelte';

it('says in words what moved a tier', () => {
  const part = (rule: string, points: number): { of: string; rule: string; fact: string; points: number } => ({ of: 'tier', rule, fact: '', points });
  render(Parts, { parts: [part('equipment', 2), part('means', 0), part('grave_obstacle', -1)] });
  expect(screen.getAllByRole('listitem').map((item) => item.querySelector('b')?.textContent)).toEqual(['recule de 2 rangs', 'ne change rien', 'avance d’un rang']);
});
