import { beforeEach, expect, test } from 'vitest';
import { collect, dropDraft, keepDraft, readDraft, restore } from './draft';
import { firstStep, wrongField } from './steps';

beforeEach(() => {
  localStorage.clear();
  document.body.innerHTML = `<form><input name="key" value="k1"><input name="lang" value="fr">
    <section class="step"><input name="first_name" required></section>
    <section class="step"><input type="checkbox" name="obstacles" value="a"><input type="checkbox" name="obstacles" value="b"></section></form>`;
});
const form = () => document.querySelector('form') as HTMLFormElement;
const steps = () => Array.from(document.querySelectorAll('.step'));

test('a draft comes back whole, with its key', () => {
  restore(form(), { key: ['k0'], first_name: ['Inès'], obstacles: ['b'] });
  keepDraft(localStorage, { answers: collect(form()), step: 1, waiting: true });
  expect(readDraft(localStorage)).toEqual({
    answers: { key: ['k0'], lang: ['fr'], first_name: ['Inès'], obstacles: ['b'] }, step: 1, waiting: true,
  });
  dropDraft(localStorage);
  expect(readDraft(localStorage)).toBeUndefined();
});

test('an unreadable draft is none', () => {
  localStorage.setItem('passerelle.apply', '{');
  expect(readDraft(localStorage)).toBeUndefined();
});

test('a mistake the server found decides the step', () => {
  expect(firstStep(steps(), 9)).toBe(1);
  steps()[0]?.insertAdjacentHTML('beforeend', '<span class="error">x</span>');
  expect(firstStep(steps(), 1)).toBe(0);
});

test('a required field that is empty holds its step', () => {
  const [first, second] = steps() as [Element, Element];
  expect(wrongField(first)?.name).toBe('first_name');
  expect(wrongField(second)).toBeUndefined();
});
