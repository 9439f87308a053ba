type Field = HTMLInputElement;

/** What a field is told that the browser finds wrong, in the page's language. */
export interface Says {
  required?: string;
  inexact?: string;
  contact?: string;
}

/** Whether somebody born on a day ("2004-05-14") is of age; a day that cannot be read says nothing. */
export function ofAge(born: string, majority: number, today = new Date()): boolean {
  const [year, month, day] = born.split('-').map(Number);
  return Boolean(year && month && day) && new Date((year ?? 0) + majority, (month ?? 0) - 1, day) <= today;
}

/** Hides what only a minor is asked, unless it says what is wrong there. */
export function askMinors(form: Element): void {
  const born = form.querySelector<HTMLInputElement>('[name=birth_date]')?.value ?? '';
  form.querySelectorAll<HTMLElement>('[data-minors]').forEach((asked) => {
    const skip = ofAge(born, Number(asked.dataset.minors)) && !asked.querySelector('.error');
    asked.classList.toggle('skipped', skip);
  });
}

/** The nearest step from one on, in a direction, that is asked. */
export function nearest(steps: readonly Element[], from: number, by: 1 | -1): number {
  let at = from;
  while (steps[at]?.classList.contains('skipped')) at += by;
  return at;
}

/** The step that has the first mistake the server found, or the one reached. */
export function firstStep(steps: readonly Element[], reached: number): number {
  const wrong = steps.findIndex((s) => s.querySelector('.error') !== null);
  return wrong >= 0 ? wrong : Math.min(Math.max(reached, 0), steps.length - 1);
}

/** The first field of a step that is wrong: as the browser finds it, or one of
 *  several of which none is filled. It says why in the page's language. */
export function wrongField(step: Element, says: Says = {}): Field | undefined {
  const fields = Array.from(step.querySelectorAll<Field>('input, select, textarea'));
  fields.forEach((f) => f.setCustomValidity(''));
  const wrong = fields.find((f) => !f.checkValidity());
  if (wrong) {
    wrong.setCustomValidity((wrong.validity.valueMissing ? says.required : says.inexact) ?? '');
    return wrong;
  }
  const either = step.getAttribute('data-either')?.split(' ') ?? [];
  const choice = fields.filter((f) => either.includes(f.name));
  if (choice.length === 0 || choice.some((f) => f.value.trim() !== '')) return undefined;
  choice[0]?.setCustomValidity(says.contact ?? '?');
  return choice[0];
}
