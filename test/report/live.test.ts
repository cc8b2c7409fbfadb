/** The live page's pieces: bounded whatever a run found, harmless whatever names came, and the report's own words. */
import { describe, expect, it } from 'vitest';
import { sha256Base64 } from '../../src/output/hash.js';
import { LivePage, livePage } from '../../src/report/html/live.js';
import { renderHtml } from '../../src/report/html/page.js';
import { facts, hostile, incident, mixed } from './sample.js';

const place = { run: 'a-run', version: 3, sha256: sha256Base64 };

describe('the live page', () => {
  it('has every section of the report, word for word', () => {
    const { parts, items } = new LivePage().pieces(mixed());
    const report = renderHtml(mixed(), sha256Base64);
    for (const [name, text] of parts) expect(report, name).toContain(text);
    for (const name of ['masthead', 'next', 'timeline', 'examined', 'scores', 'suppressed', 'drift', 'evaluation']) {
      expect(parts.get(name), name).not.toBe('');
    }
    expect([...items.keys()]).toEqual([2, 3, 1]);
    for (const text of items.values()) expect(report).toContain(text.replace(/^<details [^>]*>/, '').trim());
  });

  it('lists the worst and the newest of very many, counts all, and says so', () => {
    const report = hostile(10_000);
    const began = performance.now();
    const page = new LivePage();
    const { parts, items, title } = page.pieces(report);
    const first = performance.now() - began;
    page.pieces(report);
    console.log(
      `10,000 incidents: drawn in ${Math.round(first)} ms, again in ${Math.round(performance.now() - began - first)} ms`,
    );
    expect(items.size).toBe(500);
    expect(parts.get('listed')).toContain(
      'Of 10,000 incidents, the worst 400 and the newest 100 of the others are listed here',
    );
    expect(title).toMatch(/^10,000 incidents \(2,500 high, 2,500 medium, 2,500 low, 2,500 notice\)/);
    const ids = [...items.keys()];
    // every fourth is high; the newest of the rest end with the last one
    expect(ids.slice(0, 400)).toEqual(Array.from({ length: 400 }, (_, k) => 4 * (k + 1)));
    expect(items.has(10_000)).toBe(true);
    expect(items.has(9_999)).toBe(true);
    const bytes = [...parts.values(), ...items.values()].reduce((sum, text) => sum + text.length, 0);
    expect(bytes).toBeLessThan(4e6);
  });

  it('draws an incident anew when it has changed, and only then', () => {
    const page = new LivePage();
    const report = { facts: facts(), incidents: [incident(1), incident(2, { closed: false })] };
    const before = page.pieces(report).items;
    Object.assign(report.incidents[0] as object, { frames: [], reasons: [] });
    Object.assign(report.incidents[1] as object, { records: 999, title: 'something <else>' });
    const after = page.pieces(report).items;
    expect(after.get(1)).toBe(before.get(1));
    expect(after.get(2)).toContain('something &lt;else&gt;');
    Object.assign(report.incidents[1] as object, { closed: true });
    expect(page.pieces(report).items.get(2)).not.toContain('still going on');
    expect(page.pieces({ ...report, incidents: [] }).items.size).toBe(0);
  });

  it('is a whole page with nothing that its policy would have to forgive', () => {
    const pieces = new LivePage().pieces(hostile(40));
    const page = livePage(pieces, place);
    expect(page).not.toMatch(/ style="| on\w+="|javascript:|unsafe-inline|<img/);
    expect(page.match(/<script>/g)).toHaveLength(2);
    const hashes = [...page.matchAll(/<(script|style)>([\s\S]*?)<\/\1>/g)].map(([, , text]) =>
      sha256Base64(text as string),
    );
    expect(hashes).toHaveLength(3);
    for (const hash of hashes) expect(page).toContain(`&#39;sha256-${hash}&#39;`);
    expect(page).toContain('data-run="a-run" data-version="3"');
    for (const name of pieces.parts.keys()) expect(page.split(`data-part="${name}"`), name).toHaveLength(2);
  });

  it('says that there is none before there is one', () => {
    const page = livePage(new LivePage().pieces({ facts: facts({ anomalous: 0 }), incidents: [] }), place);
    expect(page).toContain('<div class="none" data-part="listed">None so far.</div>');
    expect(page).toContain('<div class="list"></div>');
  });
});
