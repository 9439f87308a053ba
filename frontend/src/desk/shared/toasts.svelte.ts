// Short answers to what was just done: success fades, a refusal stays until read.

export interface Toast {
  id: number;
  text: string;
  bad: boolean;
  undo: (() => void) | undefined;
}

class Toasts {
  list = $state<Toast[]>([]);
  private last = 0;

  say(text: string, undo?: () => void): void {
    this.add({ id: ++this.last, text, bad: false, undo });
  }

  refuse(error: unknown): void {
    this.add({ id: ++this.last, text: error instanceof Error ? error.message : String(error), bad: true, undo: undefined });
  }

  drop(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  private add(toast: Toast): void {
    this.list = [...this.list.slice(-3), toast];
    if (!toast.bad) setTimeout(() => this.drop(toast.id), 6000);
  }
}

export const toasts = new Toasts();
