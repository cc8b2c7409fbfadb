/** How much of an entity training did not have. Being new is the rate at which such things come, not how strange they are. */

/** of pairs */
export const KNOWN_PAIR = 0;
export const NEW_CLIENT = 1;
export const NEW_SERVICE_OF_KNOWN_HOST = 2;
export const NEW_SERVER = 3;
/** a service that training hardly had, at a host that it had or had not */
export const UNKNOWN_SERVICE = 4;
export const UNKNOWN_SERVICE_AND_HOST = 5;

/** of all others */
export const KNOWN = 0;
export const NEW = 1;

/** From so much newness on, an entity is something new, not merely a new client of something known. */
export function isSomethingNew(novelty: number): boolean {
  return novelty >= NEW_SERVICE_OF_KNOWN_HOST;
}

/** How new a pair with its service is. @param service whether the service was told apart; the others: whether they were there */
export function noveltyOfPair(service: boolean, pair: boolean, offer: boolean, host: boolean): number {
  if (!service) return host ? UNKNOWN_SERVICE : UNKNOWN_SERVICE_AND_HOST;
  if (pair) return KNOWN_PAIR;
  if (offer) return NEW_CLIENT;
  return host ? NEW_SERVICE_OF_KNOWN_HOST : NEW_SERVER;
}
