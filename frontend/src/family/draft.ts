/** What was typed, by field; a field with several choices has several values. */
export type Answers = Record<string, string[]>;

/** A draft on the phone. `waiting`: sent by the family while offline. */
export interface Draft {
  answers: Answers;
  step: number;
  waiting: boolean;
}

const name = 'passerelle.apply';

/** Reads the draft; one that is unreadable, or a phone without storage, gives none. */
export function readDraft(storage: Storage): Draft | undefined {
  try {
    const draft = JSON.parse(storage.getItem(name) ?? 'null') as Partial<Draft> | null;
    if (!draft || typeof draft.answers !== 'object' || draft.answers === null) return undefined;
    return { answers: draft.answers, step: Number(draft.step) || 0, waiting: draft.waiting === true };
  } catch {
    return undefined;
  }
}

/** Keeps the draft; a full or forbidden storage loses the draft, never the form. */
export function keepDraft(storage: Storage, draft: Draft): void {
  try {
    storage.setItem(name, JSON.stringify(draft));
  } catch {
    return;
  }
}

export function dropDraft(storage: Storage): void {
  storage.removeItem(name);
}

/** Collects a form's answers. */
export function collect(form: HTMLFormElement): Answers {
  const answers: Answers = {};
  new FormData(form).forEach((value, field) => {
    if (typeof value === 'string') (answers[field] ??= []).push(value);
  });
  return answers;
}

/** Puts answers back; the key comes back too, so that a resend finds what the first made. */
export function restore(form: HTMLFormElement, answers: Answers): void {
  for (const element of Array.from(form.elements)) {
    const field = element as HTMLInputElement;
    const values = answers[field.name];
    if (!field.name || field.name === 'lang') continue;
    if (field.type === 'checkbox' || field.type === 'radio') {
      field.checked = values?.includes(field.value) ?? false;
    } else if (values?.[0] !== undefined) {
      field.value = values[0];
    }
  }
}
