import { describe, expect, it } from 'vitest';
import { ACK, FIN, PSH, SYN } from '../../support/packets.ts';
import {
  advert,
  announcement,
  detect,
  dhcpAnswer,
  every,
  HOST,
  inOrder,
  learn,
  neighbour,
  protocol,
  question,
  quiet,
  ROGUE,
  ROUTER,
  redirect,
  reply,
  SERVER,
  type Sent,
  type Station,
  segment,
  solicitation,
} from './frames.ts';

const TRAINED = learn(quiet());
const RST = 4;
const [URG, ECE, CWR] = [32, 64, 128];

const factsOf = (sent: Sent[], trained = TRAINED): string[] => {
  const { incidents } = detect(trained, inOrder(quiet(650).slice(0, 108), sent));
  return incidents.flatMap(({ reasons }) => reasons.map(({ feature }) => feature));
};

/** Somebody asks, and gets an answer a tenth of a second later. */
const asked = (ask: (i: number) => Uint8Array, answer: (i: number) => Uint8Array): Sent[] =>
  inOrder(every(0.5, 20, ask, 700), every(0.5, 20, answer, 700.1));

describe('the harmless neighbour of a fact', () => {
  it('of odd flags: every segment of a connection, a SYN with ECE and CWR, a reset with or without ACK', () => {
    const usual = [SYN, SYN | ECE | CWR, ACK, ACK | PSH, ACK | PSH | URG, ACK | FIN, RST, RST | ACK, ACK | CWR];
    expect(factsOf(every(0.5, 18, (i) => segment(usual[i % 9], HOST, SERVER, 41_000 + i)))).toEqual([]);
  });

  it('of a protocol scan: two new protocols, many to groups, and as many to anybody as training had', () => {
    const group: Station = { mac: '01:00:5e:00:00:05', ip: '224.0.0.5', ip6: 'ff02::5' };
    expect(factsOf(every(0.2, 30, (i) => protocol([47, 50][i % 2], HOST, ROGUE)))).toEqual([]);
    expect(factsOf(every(0.2, 30, (i) => protocol(60 + i, ROUTER, group)))).toEqual([]);
    const had = [47, 50, 51, 89, 103];
    const trained = learn(
      inOrder(
        quiet(),
        every(60, 5, (i) => protocol(had[i], HOST, SERVER), 30),
      ),
    );
    expect(
      factsOf(
        every(0.2, 30, (i) => protocol(had[i % 5], SERVER, HOST)),
        trained,
      ),
    ).toEqual([]);
  });

  it('of an advertisement flood: those of a router every three seconds, and two routers of training at once', () => {
    expect(factsOf(every(3, 18, () => advert(ROUTER)))).toEqual([]);
    const trained = learn(
      inOrder(
        quiet(),
        every(200, 3, () => advert(SERVER), 30),
      ),
    );
    expect(
      factsOf(
        inOrder(
          every(3, 18, () => advert(ROUTER)),
          every(3, 18, () => advert(SERVER), 701),
        ),
        trained,
      ),
    ).toEqual([]);
  });

  it('of redirects and DHCP answers: those of whom training had them from, and of what forwarded for many there', () => {
    expect(factsOf(every(0.5, 20, () => dhcpAnswer(SERVER)))).toEqual([]);
    const trained = learn(
      inOrder(
        quiet(),
        every(200, 3, () => redirect(ROUTER), 30),
      ),
    );
    expect(
      factsOf(
        every(0.5, 20, () => redirect(ROUTER)),
        trained,
      ),
    ).toEqual([]);
    const behind = (i: number): Station => ({ ...ROUTER, ip: `198.51.100.${i}` });
    const gateway = learn(
      inOrder(
        quiet(),
        every(5, 20, (i) => segment(ACK, behind(i), HOST, 443, 42_000 + i), 30),
      ),
    );
    for (const make of [redirect, dhcpAnswer, advert]) {
      const few = every(4, 10, () => make({ ...ROUTER, ip: '10.0.0.2', ip6: 'fe80::2' }));
      expect(factsOf(few, gateway)).toEqual([]);
      expect(factsOf(few)).not.toEqual([]);
    }
  });

  it('of ARP replies and neighbour advertisements: answers, and announcements of an own address', () => {
    expect(
      factsOf(
        asked(
          () => question(HOST, ROGUE),
          () => reply(ROGUE),
        ),
      ),
    ).toEqual([]);
    expect(
      factsOf(
        asked(
          () => solicitation(HOST, ROGUE),
          () => neighbour(ROGUE),
        ),
      ),
    ).toEqual([]);
    expect(factsOf(every(0.5, 20, () => reply(ROGUE, ROGUE)))).toEqual([]);
    expect(factsOf(every(0.5, 3, () => announcement(ROGUE)))).toEqual([]);
    expect(factsOf(every(0.5, 8, () => announcement(ROGUE)))).toEqual(['unasked_neighbours']);
  });

  it('of answers to nobody: SYN-ACKs that come again, and those of connections older than the capture', () => {
    expect(factsOf(every(0.5, 20, () => segment(SYN | ACK, ROGUE, HOST, 80, 60_000)))).toEqual([]);
    expect(factsOf(every(0.5, 10, (i) => segment(SYN | ACK, ROGUE, HOST, 80, 60_000 - i), 650))).toEqual([]);
  });
});
