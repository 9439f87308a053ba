// A list that grows page by page as it is scrolled, by the server's cursors.

export interface Page<T> {
  items: T[] | null;
  next?: string;
  total?: Total;
}

/** How long a list is, or at least that. */
export interface Total {
  count: number;
  more: boolean;
}

export type Load<T> = (after: string, signal: AbortSignal) => Promise<Page<T>>;

interface Identified {
  id: string;
}

export class Pages<T extends Identified> {
  rows = $state.raw<T[]>([]);
  next = $state('');
  private counted = $state.raw<Total>();
  loading = $state(false);
  problem = $state('');
  private load: Load<T> | undefined;

  /** What the server counted; of a list that is filtered beyond that, what is here once all is. */
  get total(): Total | undefined {
    if (this.next === '' && !this.loading && !this.problem) return { count: this.rows.length, more: false };
    return this.counted;
  }
  private abort = new AbortController();

  /** Starts over with another query; what was under way is dropped. A row that
   *  is open, of an address that was kept, is read for as far as `reach` pages. */
  async start(load: Load<T>, open = '', reach = 10): Promise<void> {
    this.abort.abort();
    this.abort = new AbortController();
    this.load = load;
    this.rows = [];
    this.next = '';
    this.counted = undefined;
    this.loading = false;
    const { signal } = this.abort;
    await this.more();
    if (!open || signal.aborted) return;
    for (let read = 1; read < reach && this.next && !this.problem && !signal.aborted && !this.has(open); read++) await this.more();
  }

  /** Reads all again that was here, one row being open. */
  async reload(open = ''): Promise<void> {
    if (this.load) await this.start(this.load, open);
  }

  has(id: string): boolean {
    return this.rows.some((row) => row.id === id);
  }

  async more(): Promise<void> {
    if (!this.load || this.loading || (this.rows.length > 0 && this.next === '')) return;
    const { signal } = this.abort;
    this.loading = true;
    this.problem = '';
    try {
      const page = await this.load(this.next, signal);
      if (signal.aborted) return;
      this.rows = [...this.rows, ...(page.items ?? [])];
      this.next = page.next ?? '';
      this.counted = page.total ?? this.counted;
    } catch (error) {
      if (!signal.aborted) this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      if (!signal.aborted) this.loading = false;
    }
  }

  /** Puts a row back where it stood. */
  restore(row: T, at: number): void {
    this.rows = this.rows.toSpliced(at, 0, row);
    this.recount(1);
  }

  /** Puts a changed row in its place, or drops it when it left this list. */
  put(row: T, stays: boolean): void {
    const at = this.rows.findIndex((r) => r.id === row.id);
    if (at < 0) return;
    this.rows = stays ? this.rows.with(at, row) : this.rows.toSpliced(at, 1);
    if (!stays) this.recount(-1);
  }

  private recount(by: number): void {
    if (this.counted && !this.counted.more) this.counted = { count: this.counted.count + by, more: false };
  }
}
