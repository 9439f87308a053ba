import fr from '../../../words/fr.json';
import type { Key } from '../../api/words';

export type { Key };

// The desk speaks French; its words stand with all others.
const words = fr as Record<string, string | Record<string, string>>;
const plural = new Intl.PluralRules('fr');
const number = new Intl.NumberFormat('fr');

function fill(text: string, args: Record<string, string | number>): string {
  return text.replace(/\{\{\.(\w+)\}\}/g, (_, name: string) => {
    const value = args[name];
    return typeof value === 'number' ? number.format(value) : (value ?? '');
  });
}

export function t(key: Key, args: Record<string, string | number> = {}): string {
  const text = words[key];
  return typeof text === 'string' ? fill(text, args) : key;
}

export function tn(key: Key, count: number, args: Record<string, string | number> = {}): string {
  const forms = words[key];
  if (typeof forms !== 'object') return t(key, { ...args, Count: count });
  return fill(forms[plural.select(count)] ?? forms.other ?? key, { ...args, Count: count });
}

/** The word of a fact that a rule saw: a code's own word, or the rule's with the fact in it. */
export function fact(rule: string, seen: string): string {
  const step = seen.startsWith('scholarship_') ? seen.slice('scholarship_'.length) : '';
  if (step) return t('fact.means.scholarship', { Step: step });
  const own = words[`fact.${rule}.${seen}`] ?? words[`fact.${rule}`];
  return typeof own === 'string' ? fill(own, { Fact: /^\d+\.\d+$/.test(seen) ? Number(seen) : seen }) : seen;
}

/** The cause of a change: a code's word or what somebody wrote; an id says nothing to a reader. */
export function cause(value: string | undefined): string {
  if (!value || /^[a-z]{3}_[\w-]*[0-9a-f]{8}[\w-]*$|^[0-9a-f]{64}$/.test(value)) return '';
  const own = words[`cause.${value}`] ?? words[`ineligible.${value}`];
  return typeof own === 'string' ? own : /^[a-z0-9]+[._][a-z0-9._]+$/.test(value) ? '' : value;
}

/** The word of a code that the server sends: a state, a level, a rule. */
export function code(prefix: string, value: string | undefined): string {
  if (!value) return '';
  const text = words[`${prefix}.${value}`];
  return typeof text === 'string' ? text : value;
}
