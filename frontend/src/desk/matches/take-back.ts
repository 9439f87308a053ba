import { api, ask, seen, type Schemas } from '../shared/api';
import { toasts, type Undo } from '../shared/toasts.svelte';
import { t } from '../shared/words';

/** What takes an offer back: a release, refused by the server once the student has answered. */
export function takeBack(match: Schemas['MatchingView']): Undo | undefined {
  if (match.state !== 'offered') return undefined;
  return async () => {
    await ask(api.POST('/api/matches/{id}/release', { params: { path: { id: match.id }, header: seen(match.version) }, body: { reason: t('desk.matches.mistake') } }));
    toasts.say(t('desk.matches.released', { Reference: match.reference }));
  };
}
