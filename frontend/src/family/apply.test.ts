import { beforeEach, expect, test } from 'vitest';
import { collect, dropDraft, keepDraft, readDraft, restore } from './draft';
import { offerCourses } from './courses';
import { askMinors, firstStep, nearest, ofAge, wrongField } from './steps';

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

test('a level offers its own courses and drops another\u2019s', () => {
  document.body.innerHTML = `<form><input type="radio" name="level" value="lycee"><input type="radio" name="level" value="higher" checked>
    <select name="course"><option value=""></option>
    <optgroup data-level="lycee"><option value="nsi">a</option><option value="cad">b</option></optgroup>
    <optgroup data-level="higher"><option value="bts">c</option><option value="cad">d</option></optgroup></select></form>`;
  const select = document.querySelector('select') as HTMLSelectElement;
  select.value = 'cad';
  offerCourses(form());
  expect(select.selectedOptions[0]?.textContent).toBe('d');
  expect(Array.from(select.querySelectorAll('optgroup')).map((g) => g.disabled)).toEqual([true, false]);
  (document.querySelector('[value=lycee]') as HTMLInputElement).checked = true;
  select.value = 'bts';
  offerCourses(form());
  expect(select.value).toBe('');
});

test('one of several is enough, and none is said in the page\u2019s words', () => {
  document.body.innerHTML = '<form><section class="step" data-either="phone email"><input name="phone"><input name="email" type="email"></section></form>';
  const [step] = steps() as [Element];
  const phone = document.querySelector('[name=phone]') as HTMLInputElement;
  const email = document.querySelector('[name=email]') as HTMLInputElement;
  expect(wrongField(step, { contact: 'One of both' })).toBe(phone);
  expect(phone.validationMessage).toBe('One of both');
  email.value = 'lina';
  expect(wrongField(step, { inexact: 'Look again' })).toBe(email);
  expect(email.validationMessage).toBe('Look again');
  email.value = 'lina@example.org';
  expect(wrongField(step)).toBeUndefined();
});

test('of age from the birthday on', () => {
  const today = new Date(2026, 10, 25);
  expect(ofAge('2008-11-25', 18, today)).toBe(true);
  expect(ofAge('2008-11-26', 18, today)).toBe(false);
  expect(ofAge('', 18, today)).toBe(false);
});

test('a guardian is asked of minors only, and where something is wrong there', () => {
  document.body.innerHTML = `<form><section class="step"><input name="birth_date" value="2004-05-14"></section>
    <section class="step" data-minors="18"></section><section class="step"></section></form>`;
  askMinors(form());
  expect(nearest(steps(), 1, 1)).toBe(2);
  expect(nearest(steps(), 1, -1)).toBe(0);
  (document.querySelector('[name=birth_date]') as HTMLInputElement).value = `${new Date().getFullYear() - 10}-01-01`;
  askMinors(form());
  expect(nearest(steps(), 1, 1)).toBe(1);
  (document.querySelector('[name=birth_date]') as HTMLInputElement).value = '2004-05-14';
  steps()[1]?.insertAdjacentHTML('beforeend', '<span class="error">x</span>');
  askMinors(form());
  expect(nearest(steps(), 1, 1)).toBe(1);
});
