/** The step that has the first mistake the server found, or the one reached. */
export function firstStep(steps: readonly Element[], reached: number): number {
  const wrong = steps.findIndex((s) => s.querySelector('.error') !== null);
  return wrong >= 0 ? wrong : Math.min(Math.max(reached, 0), steps.length - 1);
}

/** The first field of a step that the browser finds wrong. */
export function wrongField(step: Element): HTMLInputElement | undefined {
  const fields = Array.from(step.querySelectorAll<HTMLInputElement>('input, select, textarea'));
  return fields.find((f) => !f.checkValidity());
}
