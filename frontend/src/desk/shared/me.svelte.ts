import { api, ask, type Schemas } from './api';

/** Who sits at the desk, and the territories seen from there. */
class Me {
  name = $state('');
  administers = $state(false);
  territories = $state.raw<Schemas['PartnerTerritoryView'][]>([]);

  async load(): Promise<void> {
    const [person, territories] = await Promise.all([ask(api.GET('/api/me')), ask(api.GET('/api/territories'))]);
    this.name = [person.first_name, person.last_name].filter(Boolean).join(' ');
    this.administers = (person.grants ?? []).some((grant) => grant.role === 'administrator');
    this.territories = territories.items ?? [];
  }
}

export const me = new Me();
