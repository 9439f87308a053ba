import { offerCourses } from './courses';
import { collect, dropDraft, keepDraft, readDraft, restore } from './draft';
import { askMinors, firstStep, nearest, wrongField } from './steps';

/** One question a screen and a draft on the phone; without this script the form is one long page. */
function enhance(form: HTMLFormElement): void {
  const steps = Array.from(form.querySelectorAll<HTMLElement>('.step'));
  const refused = document.getElementById('wrong') !== null;
  const draft = readDraft(localStorage);
  const samePlace = draft?.answers.postcode?.[0] === form.querySelector<HTMLInputElement>('[name=postcode]')?.value;
  const own = samePlace && !refused ? draft : undefined;
  if (own) restore(form, own.answers);
  offerCourses(form);
  askMinors(form);
  form.addEventListener('change', (event) => {
    if ((event.target as HTMLInputElement).name === 'level') offerCourses(form);
  });
  let at = nearest(steps, firstStep(steps, samePlace ? (draft?.step ?? 0) : 0), 1);

  const progress = document.createElement('p');
  progress.className = 'hint';
  progress.setAttribute('role', 'status');
  form.prepend(progress);

  const keep = (waiting: boolean) => keepDraft(localStorage, { answers: collect(form), step: at, waiting });
  const show = (step: number, focus: boolean) => {
    at = step;
    steps.forEach((s, i) => (s.hidden = i !== at));
    const asked = steps.filter((s) => !s.classList.contains('skipped'));
    progress.textContent = `${form.dataset.step ?? ''} ${asked.indexOf(steps[at] as HTMLElement) + 1} / ${asked.length}`;
    const title = steps[at]?.querySelector('h2');
    title?.setAttribute('tabindex', '-1');
    if (focus) title?.focus();
  };
  const go = (step: number) => {
    show(step, true);
    history.pushState({ step }, '');
  };
  const next = () => {
    const step = steps[at];
    const wrong = step && wrongField(step, form.dataset);
    if (wrong) {
      wrong.reportValidity();
      return;
    }
    askMinors(form);
    go(nearest(steps, at + 1, 1));
    keep(false);
  };
  steps.forEach((step, i) =>
    addButtons(step, form, i > 0 ? () => history.back() : undefined, i < steps.length - 1 ? next : undefined),
  );
  steppedThrough(at);
  window.addEventListener('popstate', (event) => show(nearest(steps, stepOf(event.state) ?? 0, -1), true));
  document.querySelectorAll<HTMLAnchorElement>('#wrong a').forEach((link) =>
    link.addEventListener('click', (event) => {
      const field = document.getElementById(link.hash.slice(1));
      const step = steps.findIndex((s) => field && s.contains(field));
      if (step < 0) return;
      event.preventDefault();
      if (step !== at) go(step);
      field?.focus();
    }),
  );

  form.addEventListener('input', (event) => {
    (event.target as HTMLInputElement).setCustomValidity('');
    keep(false);
  });
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
  const sendWaiting = () => {
    if (navigator.onLine && readDraft(localStorage)?.waiting) form.submit();
  };
  window.addEventListener('online', sendWaiting);
  show(at, refused);
  if (!own?.waiting) return;
  progress.textContent = form.dataset.offline ?? '';
  sendWaiting();
}

/** Makes the phone's Back button lead through the steps, also after a draft came back. */
function steppedThrough(at: number): void {
  if (stepOf(history.state) === at) return;
  history.replaceState({ step: 0 }, '');
  for (let step = 1; step <= at; step++) history.pushState({ step }, '');
}

function stepOf(state: unknown): number | undefined {
  return (state as { step?: number } | null)?.step;
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

/** An application that waits for a line is shown on the home page, and opened where its place is asked. */
function waiting(): void {
  const draft = readDraft(localStorage);
  if (!draft?.waiting) return;
  const note = document.getElementById('unsent');
  if (note) note.hidden = false;
  const place = document.getElementById('place');
  if (place instanceof HTMLFormElement && location.search === '') {
    (place.elements.namedItem('postcode') as HTMLInputElement).value = draft.answers.postcode?.[0] ?? '';
    place.submit();
  }
}

const form = document.getElementById('apply');
if (form instanceof HTMLFormElement) enhance(form);
else if (document.getElementById('applied')) dropDraft(localStorage);
else waiting();
