import { offerCourses } from './courses';
import { collect, dropDraft, keepDraft, readDraft, restore } from './draft';
import { firstStep, wrongField } from './steps';

/** One question a screen and a draft on the phone; without this script the form is one long page. */
function enhance(form: HTMLFormElement): void {
  const steps = Array.from(form.querySelectorAll<HTMLElement>('.step'));
  const refused = document.getElementById('wrong') !== null;
  const draft = readDraft(localStorage);
  const samePlace = draft?.answers.postcode?.[0] === form.querySelector<HTMLInputElement>('[name=postcode]')?.value;
  if (draft && samePlace && !refused) restore(form, draft.answers);
  offerCourses(form);
  form.addEventListener('change', (event) => {
    if ((event.target as HTMLInputElement).name === 'level') offerCourses(form);
  });
  let at = firstStep(steps, samePlace ? (draft?.step ?? 0) : 0);

  const progress = document.createElement('p');
  progress.className = 'hint';
  progress.setAttribute('role', 'status');
  form.prepend(progress);

  const keep = (waiting: boolean) => keepDraft(localStorage, { answers: collect(form), step: at, waiting });
  const show = (step: number, focus: boolean) => {
    at = step;
    steps.forEach((s, i) => (s.hidden = i !== at));
    progress.textContent = `${form.dataset.step ?? ''} ${at + 1} / ${steps.length}`;
    const title = steps[at]?.querySelector('h2');
    title?.setAttribute('tabindex', '-1');
    if (focus) title?.focus();
  };
  const next = () => {
    const step = steps[at];
    const wrong = step && wrongField(step);
    if (wrong) {
      wrong.reportValidity();
      return;
    }
    show(at + 1, true);
    keep(false);
  };
  const back = () => show(at - 1, true);
  steps.forEach((step, i) => addButtons(step, form, i > 0 ? back : undefined, i < steps.length - 1 ? next : undefined));

  form.addEventListener('input', () => keep(false));
  form.addEventListener('submit', (event) => {
    if (at < steps.length - 1) {
      event.preventDefault();
      next();
      return;
    }
    keep(!navigator.onLine);
    if (navigator.onLine) return;
    event.preventDefault();
    progress.textContent = form.dataset.offline ?? '';
  });
  window.addEventListener('online', () => {
    if (readDraft(localStorage)?.waiting) form.submit();
  });
  show(at, refused);
}

function addButtons(step: HTMLElement, form: HTMLFormElement, back?: () => void, next?: () => void): void {
  let row = step.querySelector<HTMLElement>('.buttons');
  if (!row) {
    row = document.createElement('div');
    row.className = 'buttons';
    step.append(row);
  }
  if (next) row.append(button(form.dataset.next ?? '', 'main', next));
  if (back) row.append(button(form.dataset.back ?? '', 'quiet', back));
}

function button(text: string, kind: string, act: () => void): HTMLButtonElement {
  const b = document.createElement('button');
  b.type = 'button';
  b.className = kind;
  b.textContent = text;
  b.addEventListener('click', act);
  return b;
}

const form = document.getElementById('apply');
if (form instanceof HTMLFormElement) enhance(form);
else if (document.getElementById('applied')) dropDraft(localStorage);
