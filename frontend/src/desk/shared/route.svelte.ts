// The desk's address is its state: every list, filter and open panel can be
// bookmarked, sent to a colleague, and reached with the back button.

export interface Place {
  section: string;
  id: string;
  query: URLSearchParams;
}

const base = '/desk';

function read(): Place {
  const rest = location.pathname.slice(base.length).replace(/^\//, '');
  const [section = '', id = ''] = rest.split('/');
  return { section: section || 'today', id, query: new URLSearchParams(location.search) };
}

class Route {
  current = $state<Place>(read());

  constructor() {
    addEventListener('popstate', () => {
      this.current = read();
    });
  }

  href(section: string, id = '', query: Record<string, string> = {}): string {
    const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
    const path = [base, section, id].filter(Boolean).join('/');
    return search.size > 0 ? `${path}?${search}` : path;
  }

  go(href: string, replace = false): void {
    if (replace) history.replaceState(history.state, '', href);
    else history.pushState(null, '', href);
    this.current = read();
  }

  /** Opens or closes the side panel of the list at hand, keeping its filters.
   *  The first opened is a step of the history: Back closes it, from one row to
   *  the next or not, and closing it takes that step back. */
  open(id: string): void {
    const { section, id: before, query } = this.current;
    if (id === before) return;
    const href = this.href(section, id, Object.fromEntries(query));
    if (!before) {
      history.pushState({ list: location.pathname + location.search }, '', href);
      this.current = read();
    } else if (!id && (history.state as { list?: string } | null)?.list === href) {
      this.current = { section, id, query };
      history.back();
    } else this.go(href, true);
  }

  filter(changes: Record<string, string>): void {
    const { section, id, query } = this.current;
    this.go(this.href(section, id, { ...Object.fromEntries(query), ...changes }), true);
  }

  value(name: string): string {
    return this.current.query.get(name) ?? '';
  }
}

export const route = new Route();

/** Turns clicks on the desk's own links into moves without a reload. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = (event.target as Element).closest('a');
  if (!link || link.origin !== location.origin || !link.pathname.startsWith(base) || link.target) return;
  event.preventDefault();
  route.go(link.pathname + link.search);
}
