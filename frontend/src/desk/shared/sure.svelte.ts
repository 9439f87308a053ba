// What cannot be taken back is asked for twice.

export interface Question {
  /** What is about to be done, as its button says it. */
  action: string;
  text: string;
  run: () => Promise<unknown>;
}

class Sure {
  asked = $state.raw<Question>();

  ask(action: string, text: string, run: () => Promise<unknown>): void {
    this.asked = { action, text, run };
  }
}

export const sure = new Sure();
