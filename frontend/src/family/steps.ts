type Field = HTMLInputElement;

/** What a field is told that the browser finds wrong, in the page's language. */
export interface Says {
  required?: string;
  inexact?: string;
  contact?: string;
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
