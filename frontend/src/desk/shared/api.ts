import createClient from 'openapi-fetch';
import type { paths, components } from '../../api/types';

export type Schemas = components['schemas'];

export const api = createClient<paths>({ baseUrl: '', headers: { 'Accept-Language': 'fr' } });

/** What the server said went wrong, worded for the person who reads it. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: { path: string; message: string }[] = [],
  ) {
    super(message);
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

interface ProblemBody {
  title?: string;
  code?: string;
  errors?: { path: string; message: string }[];
}

/** Gives the data of an answer, or throws what refused it. A lost session
 *  leads to the sign-in page, with the way back. */
export async function ask<T>(pending: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await pending;
  } catch {
    throw new Refused(0, 'offline', 'Le serveur ne répond pas. Vérifiez la connexion, puis réessayez.');
  }
  if (answer.response.status === 401) {
    location.assign(`/fr/connexion?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  if (answer.data !== undefined && answer.response.ok) return answer.data;
  const problem = (answer.error ?? {}) as ProblemBody;
  const detail = (problem.errors ?? []).map((e) => e.message).join(' ');
  throw new Refused(answer.response.status, problem.code ?? '', [problem.title, detail].filter(Boolean).join(' '), problem.errors);
}

/** A fresh key for a create, so that a second click makes nothing twice. */
export function key(): Record<string, string> {
  return { 'Idempotency-Key': crypto.randomUUID() };
}

/** The header that refuses a change when somebody else was faster. */
export function seen(version: number): Record<string, string> {
  return { 'If-Match': `"${version}"` };
}
