const day = new Intl.DateTimeFormat('fr', { day: 'numeric', month: 'short' });
const dayYear = new Intl.DateTimeFormat('fr', { day: 'numeric', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat('fr', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const number = new Intl.NumberFormat('fr');

export function date(value: string | undefined | null): string {
  if (!value || value.startsWith('0001')) return '';
  const at = new Date(value);
  return at.getFullYear() === new Date().getFullYear() ? day.format(at) : dayYear.format(at);
}

export function time(value: string | undefined | null): string {
  return value && !value.startsWith('0001') ? moment.format(new Date(value)) : '';
}

export function count(value: number): string {
  return number.format(value);
}

/** Whole days since a moment: what a coordinator reads as the wait. */
export function days(value: string | undefined | null): string {
  if (!value || value.startsWith('0001')) return '';
  const since = Math.max(0, Math.floor((Date.now() - Date.parse(value)) / 86_400_000));
  return `${number.format(since)} j`;
}

export function km(value: number): string {
  return value < 1 ? '< 1 km' : `${number.format(Math.round(value))} km`;
}

export function specs(ram: number, disk: number): string {
  return [ram ? `${ram} Go` : '', disk ? `${disk} Go` : ''].filter(Boolean).join(' · ');
}
