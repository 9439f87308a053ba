/** Offers only the courses of the level that is chosen; a course of another level is dropped. */
export function offerCourses(form: HTMLFormElement): void {
  const select = form.querySelector<HTMLSelectElement>('select[name=course]');
  const level = form.querySelector<HTMLInputElement>('[name=level]:checked')?.value;
  if (!select || !level) return;
  const chosen = select.value;
  select.querySelectorAll('optgroup').forEach((group) => {
    group.disabled = group.hidden = group.dataset.level !== level;
  });
  const offered = Array.from(select.querySelectorAll<HTMLOptionElement>(`optgroup[data-level="${level}"] option`));
  const kept = offered.find((option) => option.value === chosen);
  if (kept) kept.selected = true;
  else select.value = '';
  if (!kept && offered.length === 1 && offered[0]) offered[0].selected = true;
}
