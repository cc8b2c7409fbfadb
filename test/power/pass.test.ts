/** Which attacks share a pass, and what becomes of a pass. */
import { describe, expect, it } from 'vitest';
import { placedTogether, type Wish } from '../../src/engine/power/pass.ts';
import type { Parties } from '../../src/power/parties.ts';
import { network, START_US, template } from './network.ts';

const block = { number: 0, from: 0, to: 1, firstUs: START_US, lastUs: START_US + 600e6 };

const wish = (name: string, number = 0): Wish => {
  const of = template(name);
  return { template: of, size: of.sizes[3], number };
};

function together(wishes: readonly Wish[], parties: Parties = network()): string[] {
  return placedTogether(wishes, parties, block, 1).placements.map((each) => each.template.name);
}

describe('attacks of one pass', () => {
  it('are not two that the one server is scanned by, for both would be one incident', () => {
    expect(together([wish('SYN scan'), wish('slow connect scan')])).toEqual(['SYN scan']);
    expect(together([wish('SYN scan', 0), wish('SYN scan', 1)])).toEqual(['SYN scan']);
  });

  it('are guesses at different services, and not two at one', () => {
    const guesses = ['ssh guessing', 'http guessing', 'smb guessing'];
    expect(together(guesses.map((name) => wish(name)))).toEqual(guesses);
    expect(together([wish('ssh guessing', 0), wish('ssh guessing', 1)])).toEqual(['ssh guessing']);
  });

  it('are uploads of different clients to different places, as many as there are clients', () => {
    const uploads = Array.from({ length: 5 }, (_, number) => wish('upload by tls', number));
    const { placements } = placedTogether(uploads, network(), block, 1);
    expect(placements).toHaveLength(network().clients.length);
    expect(new Set(placements.map(({ cast }) => cast.initiator.text)).size).toBe(placements.length);
    expect(new Set(placements.map(({ cast }) => cast.target.text)).size).toBe(placements.length);
  });

  it('are not two floods of a kind, which add up', () => {
    expect(together([wish('SYN flood'), wish('SYN flood, spoofed')])).toEqual(['SYN flood']);
  });

  it('leave a host that something is done to alone with it', () => {
    const { clients, servers, ...rest } = network();
    const [{ host }] = servers;
    const parties = { ...rest, servers, clients: [host] };
    expect(together([wish('SYN scan'), wish('upload by tls')], parties)).toEqual(['SYN scan']);
    expect(together([wish('upload by tls')], parties)).toEqual(['upload by tls']);
  });

  it('say which of them the network has no parties for', () => {
    const wishes = [wish('call home by dns'), wish('SYN scan')];
    const { placements, impossible } = placedTogether(wishes, { ...network(), resolver: undefined }, block, 1);
    expect(placements.map((each) => each.template.name)).toEqual(['SYN scan']);
    expect(impossible).toEqual([wishes[0]]);
    // busy in this pass is not absent
    expect(placedTogether([wish('SYN scan', 0), wish('SYN scan', 1)], network(), block, 1).impossible).toEqual([]);
  });
});
