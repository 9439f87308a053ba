import { route } from './route.svelte';

interface Movable {
  move: (step: number) => Promise<void>;
  enter: () => void;
}

/** True while somebody types: keys are then letters, not commands. */
export function typing(event: KeyboardEvent): boolean {
  const target = event.target as Element;
  return target.closest('input:not([type=checkbox]), textarea, select, dialog') !== null || event.metaKey || event.ctrlKey || event.altKey;
}

/** j and k walk a list, Enter goes into the open panel, Escape closes it. Tells whether the key was one of these. */
export function moves(event: KeyboardEvent, table: Movable | undefined): boolean {
  if (typing(event)) return false;
  if (event.key === 'j') void table?.move(1);
  else if (event.key === 'k') void table?.move(-1);
  else if (event.key === 'Enter' && !(event.target as Element).closest('a, button, input')) table?.enter();
  else if (event.key === 'Escape' && !document.querySelector('dialog[open]')) route.open('');
  else return false;
  return true;
}
