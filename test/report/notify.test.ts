/** What each receiver is sent, against what its makers publish: fields that must be there, sizes, and text that is only text. */
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/base/text.js';
import type { Incident } from '../../src/detect/incident.js';
import { cleanIncident } from '../../src/report/clean.js';
import { alertmanagerMessage } from '../../src/report/notify/alertmanager.js';
import { mattermostMessage } from '../../src/report/notify/mattermost.js';
import { headline, type Message, type News, newsLines } from '../../src/report/notify/news.js';
import { ntfyMessage } from '../../src/report/notify/ntfy.js';
import { slackMessage } from '../../src/report/notify/slack.js';
import { teamsMessage } from '../../src/report/notify/teams.js';
import { incident } from './sample.js';

const news = (changes: Partial<Incident> = {}, more: Partial<News> = {}): News => ({
  event: 'opened',
  incident: cleanIncident(incident(7, changes)),
  sensor: 'gateway',
  ...more,
});
const json = ({ body }: Message) => JSON.parse(body);

const INJECTION = '<!channel> @channel *b* _i_ [l](http://evil.example) `c` :smile: # h | & <b>\u001b[2J\u202e';
const LONG = '𝕏̀'.repeat(20_000);
const hostile = (text: string): News =>
  news(
    {
      title: text,
      initiator: text,
      responder: text,
      others: Array.from({ length: 1000 }, () => text),
      protocol: text,
      kind: text,
      reasons: Array.from({ length: 50 }, () => ({ feature: text, value: 1, expected: 1, share: 1, text })),
      lowConfidence: true,
    },
    { sensor: printable(text) },
  );
const MESSAGES = {
  slack: slackMessage,
  mattermost: mattermostMessage,
  teams: teamsMessage,
  ntfy: ntfyMessage,
  alertmanager: (one: News) => alertmanagerMessage(one, undefined, Date.UTC(2026, 10, 23)),
};

describe('news of an incident', () => {
  it('are short: severity and title, who, what, when, three reasons, sensor, number and UUID', () => {
    const reason = { feature: 'f', value: 9, expected: 1, share: 0, text: '' };
    const reasons = ['a', 'b', 'c', 'd'].map((text) => ({ ...reason, text }));
    expect(headline(news())).toBe('[HIGH] 10.0.0.9 tried 118 ports on 10.0.0.5');
    expect(newsLines(news({ reasons, technique: { id: 'T1046', name: 'x' }, lowConfidence: true }))).toEqual([
      ['Who', '10.0.0.9:51532 to 10.0.0.5:22, TCP'],
      ['What', 'port scan (ATT&CK T1046)'],
      ['When', '2026-11-23 18:01:00 to 18:01:42 UTC (42 s), raised after 2.3 s'],
      ['Why', 'a'],
      ['Why', 'b'],
      ['Why', 'c'],
      ['Note', 'raised in the first minute: take it with care'],
      ['Sensor', 'gateway'],
      ['Incident', `#7 ${incident(7).uuid}`],
    ]);
  });

  it('say what happened to it', () => {
    const titles = (['opened', 'worse', 'renamed', 'closed'] as const).map((event) => headline(news({}, { event })));
    expect(titles.map((title) => title.replace(/ 10\..*/, ''))).toEqual([
      '[HIGH]',
      '[now HIGH]',
      '[HIGH, now known as]',
      '[HIGH, over]',
    ]);
  });

  it.each(Object.entries(MESSAGES))(
    'hold no frame numbers, and nothing that a terminal acts upon: %s',
    (_, message) => {
      const frames = Array.from({ length: 1000 }, (__, k) => 7_000_000 + k);
      expect(message(news({ frames })).body).not.toContain('7000000');
      const { headers, body } = message(hostile(INJECTION));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that they are absent is what this is about
      expect(body + JSON.stringify(headers)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    },
  );
});

describe("Slack's webhook", () => {
  interface Block {
    readonly type: string;
    readonly text: { readonly type: string; readonly text: string; readonly emoji: boolean };
  }

  it.each([
    ['usual', news()],
    ['hostile', hostile(INJECTION)],
    ['long', hostile(LONG)],
  ])('gets text and blocks within its limits: %s', (_, one) => {
    const { headers, body } = slackMessage(one);
    const { text, blocks, ...rest } = JSON.parse(body) as { text: string; blocks: Block[] };
    expect(headers['content-type']).toBe('application/json');
    expect(rest).toEqual({ unfurl_links: false, unfurl_media: false });
    // docs.slack.dev: text 40,000; 50 blocks; header 150, section 3,000 characters
    expect(text.length).toBeLessThan(40_000);
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const { type, text: inner } of blocks) {
      expect(['header', 'section']).toContain(type);
      expect(inner).toMatchObject({ type: 'plain_text', emoji: false });
      expect(inner.text.length).toBeGreaterThan(0);
      expect(inner.text.length).toBeLessThanOrEqual(type === 'header' ? 150 : 3000);
    }
  });

  it('calls nobody', () => {
    const { text } = json(slackMessage(hostile(INJECTION)));
    expect(text).toContain('&lt;!channel&gt; @channel');
    expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
  });
});

describe("Mattermost's webhook", () => {
  it.each([
    ['usual', news()],
    ['hostile', hostile(INJECTION)],
    ['long', hostile(LONG)],
  ])('gets an attachment within its limits: %s', (_, one) => {
    const { headers, body } = mattermostMessage(one);
    expect(headers['content-type']).toBe('application/json');
    const [attachment, ...none] = JSON.parse(body).attachments;
    expect(none).toEqual([]);
    expect(attachment).toMatchObject({ fallback: expect.any(String), color: '#c62828', title: expect.any(String) });
    for (const field of attachment.fields) {
      expect(field).toEqual({ title: expect.any(String), value: expect.any(String), short: false });
    }
    expect(body).not.toContain('@');
    // a post of 16,383 characters
    expect(body.length).toBeLessThan(16_383);
  });

  it('shows Markdown as it is written', () => {
    const [attachment] = json(mattermostMessage(hostile(INJECTION))).attachments;
    expect(attachment.title).toContain('＠channel \\*b\\* \\_i\\_ \\[l\\]\\(http://evil.example\\) \\`c\\`');
  });
});

describe("Teams' workflow", () => {
  it.each([
    ['usual', news()],
    ['hostile', hostile(INJECTION)],
    ['long', hostile(LONG)],
  ])('gets one Adaptive Card of text runs: %s', (_, one) => {
    const { headers, body } = teamsMessage(one);
    expect(headers['content-type']).toBe('application/json');
    expect(Buffer.byteLength(body)).toBeLessThan(28_000);
    const { type, attachments } = JSON.parse(body);
    expect(type).toBe('message');
    expect(attachments).toHaveLength(1);
    const { contentType, contentUrl, content } = attachments[0];
    expect([contentType, contentUrl]).toEqual(['application/vnd.microsoft.card.adaptive', null]);
    expect(content).toMatchObject({ type: 'AdaptiveCard', version: '1.2', $schema: expect.any(String) });
    for (const element of content.body) {
      expect(element.type).toBe('RichTextBlock');
      for (const run of element.inlines) expect(run).toMatchObject({ type: 'TextRun', text: expect.any(String) });
    }
  });
});

describe('ntfy', () => {
  const decoded = (header = ''): string =>
    header
      .split(' ')
      .map((word) => {
        const [, encoded] = /^=\?UTF-8\?B\?(.*)\?=$/.exec(word) ?? [];
        if (encoded !== undefined) expect(word.length).toBeLessThanOrEqual(75);
        return encoded === undefined ? `${word} ` : Buffer.from(encoded, 'base64').toString();
      })
      .join('')
      .trim();

  it('gets title, priority and tags as headers, and the rest as the message', () => {
    const { headers, body } = ntfyMessage(news({ severity: 'medium' }));
    expect(headers).toEqual({
      'content-type': 'text/plain; charset=utf-8',
      title: '[MEDIUM] 10.0.0.9 tried 118 ports on 10.0.0.5',
      priority: '4',
      tags: 'warning,port scan',
    });
    expect(body).toMatch(/^Who: 10\.0\.0\.9:51532 to 10\.0\.0\.5:22, TCP\nWhat: port scan\nWhen: .*\nWhy: 18 distinct/);
  });

  it.each([INJECTION, LONG, 'é–—日本', 'x'.repeat(5000)])('gets no more than it takes, in headers of ASCII', (text) => {
    const { headers, body } = ntfyMessage(hostile(text));
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4096);
    expect(body).not.toContain('\ufffd');
    for (const value of Object.values(headers)) expect(value).toMatch(/^[ -~]*$/);
    expect(decoded(headers.title)).toBe(headline(hostile(text)));
    expect(Number(headers.priority)).toBe(5);
  });
});

describe('Alertmanager', () => {
  const now = Date.UTC(2026, 10, 23, 19, 0, 0);

  it('gets an alert that is open, and one that is over, by the same labels', () => {
    const [open] = json(alertmanagerMessage(news(), undefined, now));
    const before = { sinceMs: now - 600_000, severity: 'high' } as const;
    const [over, ...none] = json(alertmanagerMessage(news({}, { event: 'closed' }), before, now));
    expect(none).toEqual([]);
    expect(open.labels).toEqual({
      alertname: 'NetworkAnomaly',
      severity: 'high',
      sensor: 'gateway',
      incident: incident(7).uuid,
    });
    expect(over.labels).toEqual(open.labels);
    expect(open).not.toHaveProperty('endsAt');
    expect(over).toMatchObject({ startsAt: '2026-11-23T18:01:00.000000Z', endsAt: '2026-11-23T19:00:00.000000Z' });
  });

  it('gets the end of the former alert with the one that is worse', () => {
    const before = { sinceMs: now - 600_000, severity: 'low' } as const;
    const alerts = json(alertmanagerMessage(news({}, { event: 'worse' }), before, now));
    expect(alerts.map((alert: { labels: object; endsAt?: string }) => [alert.labels, alert.endsAt])).toMatchObject([
      [{ severity: 'low' }, '2026-11-23T19:00:00.000000Z'],
      [{ severity: 'high' }, undefined],
    ]);
  });

  it.each([undefined, { sinceMs: now - 10_000, severity: 'high' } as const])(
    'does not get the end before people heard of it',
    (before) => {
      const [alert] = json(alertmanagerMessage(news({}, { event: 'closed' }), before, now));
      expect(Date.parse(alert.endsAt) - (before?.sinceMs ?? now)).toBe(60_000);
    },
  );
});
