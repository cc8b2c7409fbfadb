import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/detect/incident.ts';
import { IncidentBook } from '../../src/detect/incidents/book.ts';
import { SETTINGS } from '../../src/detect/settings.ts';

const US = 1e6;
const { CLOSE_S, INCIDENTS } = SETTINGS;

function book() {
  const closed: number[] = [];
  const incidents = new IncidentBook((open) => closed.push(open.incident.id));
  const add = (id: number, at: number) => {
    const incident = { id, lastUs: at * US, openedUs: at * US, severity: 'medium', closed: false } as Incident;
    return incidents.add(incident, 'beacon', { initiator: id, responder: 0, service: id }, at * US, at * US);
  };
  return { incidents, add, closed };
}

describe('open incidents', () => {
  it('end after silence, each by its own; evidence puts the end off', () => {
    const { incidents, add, closed } = book();
    add(1, 0);
    const second = add(2, 1);
    const slow = add(3, 2);
    slow.silenceS = 10 * CLOSE_S;
    incidents.tick((CLOSE_S + 0.5) * US);
    expect(closed).toEqual([1]);
    second.lastEvidenceUs = 200 * US;
    incidents.tick((CLOSE_S + 100) * US);
    expect(closed).toEqual([1]);
    incidents.tick((CLOSE_S + 201) * US);
    expect(closed).toEqual([1, 2]);
    incidents.tick((10 * CLOSE_S + 1) * US);
    expect(closed).toEqual([1, 2]);
    incidents.tick((10 * CLOSE_S + 3) * US);
    expect(closed).toEqual([1, 2, 3]);
    expect([...incidents.all()]).toEqual([]);
  });

  it('are bounded: one too many closes the one that would end first', () => {
    const { incidents, add, closed } = book();
    for (let id = 1; id <= INCIDENTS + 3; id++) add(id, id / 1000);
    expect(closed).toEqual([1, 2, 3]);
    expect([...incidents.all()]).toHaveLength(INCIDENTS);
  });
});
