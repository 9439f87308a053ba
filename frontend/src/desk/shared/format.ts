const styles = {
  day: { day: 'numeric', month: 'short' },
  dayYear: { day: 'numeric', month: 'short', year: 'numeric' },
  week: { weekday: 'short', day: 'numeric', month: 'short' },
  moment: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;
const writers = new Map<string, Intl.DateTimeFormat>();
const number = new Intl.NumberFormat('fr');

/** A moment, or nothing: Go's zero time and what is no time say nothing to a reader. */
function moments(value: string | undefined | null): Date | undefined {
  const at = value && !value.startsWith('0001') ? new Date(value) : undefined;
  return at && !Number.isNaN(at.getTime()) ? at : undefined;
}

/** What is a day already belongs to no zone: it is read where dates are parsed. */
function write(style: keyof typeof styles, value: string | undefined | null, zone?: string): string {
  const at = moments(value);
  if (!at) return '';
  const timeZone = value?.includes('T') ? zone : 'UTC';
  const key = `${style} ${timeZone ?? ''}`;
  const writer = writers.get(key) ?? new Intl.DateTimeFormat('fr', { ...styles[style], timeZone });
  writers.set(key, writer);
  return writer.format(at);
}

/** A day, by the clocks of the zone of its territory. */
export function date(value: string | undefined | null, zone?: string): string {
  const at = moments(value);
  return write(at?.getFullYear() === new Date().getFullYear() ? 'day' : 'dayYear', value, zone);
}

/** A day of an appointment: people think of it by its weekday. */
export function weekday(value: string | undefined | null): string {
  return write('week', value);
}

/** A day and the hour, by the clocks of the zone of its territory. */
export function time(value: string | undefined | null, zone?: string): string {
  return write('moment', value, zone);
}

export function count(value: number): string {
  return number.format(value);
}

/** How long a list is; longer than was counted, "1 000+". */
export function total(value: { count: number; more: boolean }): string {
  return value.more ? `${count(value.count)}+` : count(value.count);
}

/** Whole days since a moment: what a coordinator reads as the wait. */
export function days(value: string | undefined | null): string {
  const at = moments(value);
  if (!at) return '';
  const since = Math.max(0, Math.floor((Date.now() - at.getTime()) / 86_400_000));
  return `${number.format(since)} j`;
}

/** Whole days until a moment, a part of one counting as one. */
export function daysUntil(value: string | undefined | null): number {
  const at = moments(value);
  return at ? Math.ceil((at.getTime() - Date.now()) / 86_400_000) : 0;
}

export function km(value: number): string {
  return value < 1 ? '< 1 km' : `${number.format(Math.round(value))} km`;
}

export function specs(ram: number, disk: number): string {
  return [ram ? `${ram} Go` : '', disk ? `${disk} Go` : ''].filter(Boolean).join(' · ');
}
