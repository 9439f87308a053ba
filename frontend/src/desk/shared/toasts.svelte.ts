// Short answers to what was just done: success fades, a refusal stays long enough to be read.

export type Undo = () => Promise<unknown>;

export interface Toast {
  id: number;
  text: string;
  bad: boolean;
  /** Sends what takes it back. */
  undo: Undo | undefined;
}

class Toasts {
  list = $state<Toast[]>([]);
  private last = 0;

  say(text: string, undo?: Undo): number {
    this.add({ id: ++this.last, text, bad: false, undo });
    return this.last;
  }

  refuse(error: unknown): void {
    this.add({ id: ++this.last, text: error instanceof Error ? error.message : String(error), bad: true, undo: undefined });
  }

  /** Takes back the last that can be; the server says whether it still can. */
  async undo(toast: Toast | undefined = this.list.findLast((one) => one.undo)): Promise<void> {
    if (!toast?.undo) return;
    this.drop(toast.id);
    try {
      await toast.undo();
    } catch (error) {
      this.refuse(error);
    }
  }

  drop(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  private add(toast: Toast): void {
    this.list = [...this.list.slice(-3), toast];
    setTimeout(() => this.drop(toast.id), toast.bad ? 20_000 : toast.undo ? 12_000 : 6000);
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
