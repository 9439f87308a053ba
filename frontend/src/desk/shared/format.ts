const day = new Intl.DateTimeFormat('fr', { day: 'numeric', month: 'short' });
const dayYear = new Intl.DateTimeFormat('fr', { day: 'numeric', month: 'short', year: 'numeric' });
const week = new Intl.DateTimeFormat('fr', { weekday: 'short', day: 'numeric', month: 'short' });
const moment = new Intl.DateTimeFormat('fr', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const number = new Intl.NumberFormat('fr');

/** A moment, or nothing: Go's zero time and what is no time say nothing to a reader. */
function moments(value: string | undefined | null): Date | undefined {
  const at = value && !value.startsWith('0001') ? new Date(value) : undefined;
  return at && !Number.isNaN(at.getTime()) ? at : undefined;
}

export function date(value: string | undefined | null): string {
  const at = moments(value);
  if (!at) return '';
  return at.getFullYear() === new Date().getFullYear() ? day.format(at) : dayYear.format(at);
}

/** A day of an appointment: people think of it by its weekday. */
export function weekday(value: string | undefined | null): string {
  const at = moments(value);
  return at ? week.format(at) : '';
}

export function time(value: string | undefined | null): string {
  const at = moments(value);
  return at ? moment.format(at) : '';
}

export function count(value: number): string {
  return number.format(value);
}

/** Whole days since a moment: what a coordinator reads as the wait. */
export function days(value: string | undefined | null): string {
  const at = moments(value);
  if (!at) return '';
  const since = Math.max(0, Math.floor((Date.now() - at.getTime()) / 86_400_000));
  return `${number.format(since)} j`;
}

export function km(value: number): string {
  return value < 1 ? '< 1 km' : `${number.format(Math.round(value))} km`;
}

export function specs(ram: number, disk: number): string {
  return [ram ? `${ram} Go` : '', disk ? `${disk} Go` : ''].filter(Boolean).join(' · ');
}
