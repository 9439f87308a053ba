import { api, ask, type Schemas } from './api';

/** Who sits at the desk, and the territories seen from there. */
class Me {
  name = $state('');
  administers = $state(false);
  territories = $state.raw<Schemas['PartnerTerritoryView'][]>([]);

  /** The clocks of a territory; without one, of where this desk works. */
  zone(territory?: string): string | undefined {
    return (this.territories.find((place) => place.id === territory) ?? this.territories[0])?.zone;
  }

  /** The names of colleagues, for who did what. */
  names = $state.raw(new Map<string, string>());

  async load(): Promise<void> {
    const [person, territories] = await Promise.all([ask(api.GET('/api/me')), ask(api.GET('/api/territories'))]);
    this.name = [person.first_name, person.last_name].filter(Boolean).join(' ');
    this.administers = (person.grants ?? []).some((grant) => grant.role === 'administrator');
    this.territories = territories.items ?? [];
    const team = await ask(api.GET('/api/people', { params: { query: { limit: 200 } } }));
    this.names = new Map((team.items ?? []).map((p) => [p.id, [p.first_name, p.last_name].join(' ')]));
  }
}

export const me = new Me();
