// Short answers to what was just done: success fades, a refusal stays long enough to be read.

export interface Toast {
  id: number;
  text: string;
  bad: boolean;
  undo: (() => void) | undefined;
}

class Toasts {
  list = $state<Toast[]>([]);
  private last = 0;

  say(text: string, undo?: () => void): number {
    this.add({ id: ++this.last, text, bad: false, undo });
    return this.last;
  }

  refuse(error: unknown): void {
    this.add({ id: ++this.last, text: error instanceof Error ? error.message : String(error), bad: true, undo: undefined });
  }

  drop(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  private add(toast: Toast): void {
    this.list = [...this.list.slice(-3), toast];
    setTimeout(() => this.drop(toast.id), toast.bad ? 20_000 : toast.undo ? 5000 : 6000);
  }
}

export const toasts = new Toasts();

/** Does what a button asks for; a refusal is said. */
export async function attempt(pending: Promise<unknown>): Promise<void> {
  try {
    await pending;
  } catch (error) {
    toasts.refuse(error);
  }
}
