import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnomalyError } from '../../src/base/errors.js';
import { AllowList } from '../../src/detect/incidents/allow.js';
import { parseAllowList, readAllowList } from '../../src/output/allow-file.js';
import { JsonError, type JsonNode, JsonObject, readJson } from '../../src/output/json-source.js';
import { silencingEntries, silencingLines } from '../../src/report/silence.js';
import { incident, mixed } from '../report/sample.js';

function plain(node: JsonNode): unknown {
  const { value } = node;
  if (value instanceof JsonObject) return Object.fromEntries(value.members.map((m) => [m.key, plain(m.node)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

function problem(content: string): string {
  try {
    parseAllowList(content, 'allow.json');
  } catch (error) {
    expect(error).toBeInstanceOf(AnomalyError);
    expect((error as AnomalyError).code).toBe('BAD_DATA');
    return (error as AnomalyError).message;
  }
  return 'accepted';
}

describe('JSON with places', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        // a key given twice, or __proto__, is told apart here
        fc.pre(!text.includes('__proto__'));
        expect(plain(readJson(text))).toEqual(JSON.parse(text));
      }),
      { seed: 7 },
    );
  });

  it('accepts and refuses the same texts as JSON.parse, and always ends', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '01',
      '-',
      '1e',
      'true',
      'nul',
      ' ',
      '\n',
      '\\',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        let expected = true;
        try {
          JSON.parse(text);
        } catch {
          expected = false;
        }
        let found = true;
        try {
          readJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonError);
          found = false;
        }
        expect(found).toBe(expected);
      }),
      { seed: 7, numRuns: 2000 },
    );
    expect(() => readJson('['.repeat(100_000))).toThrow(/too deeply/);
  });
});

describe('the allow-list', () => {
  it('takes entries by address, CIDR, port, protocol, reason, with expiry and comment', () => {
    const entries = [
      { address: '10.0.0.7', port: 9000, protocol: 'TCP', comment: 'backup' },
      { address: '2001:db8::/32', expires: '2026-12-31' },
      { address: '02:42:0a:00:00:66', reason: 'ARP spoofing', expires: '2026-12-31T18:00:00Z' },
      { port: 53 },
      { initiator: ['10.0.0.0/8', '192.0.2.1'], responder: '10.0.0.1', protocol: 6, reason: ['beacon', 'port scan'] },
    ];
    expect(parseAllowList(`\ufeff${JSON.stringify(entries, null, 2)}`, 'a')).toEqual(entries);
    expect(parseAllowList('[]', 'a')).toEqual([]);
  });

  it('names every mistake by line and column', () => {
    expect(problem('[\n  { "address": "10.0.0.300" }\n]')).toBe(
      'allow.json: line 2, column 16: "address": an address or CIDR such as "10.0.0.7" or "2001:db8::/32" expected',
    );
    expect(problem('[{"port": 22},\n {"prot": 1}]')).toMatch(
      /^allow\.json: line 2, column 3: unknown name "prot"; known are/,
    );
    expect(problem('[{"port": 22}\n {"port": 23}]')).toMatch(/line 2, column 2: , or \] expected, not \{/);
    expect(problem('[{"port": 70000}]')).toMatch(/line 1, column 11: "port": a port from 0 to 65535 expected/);
    expect(problem('[{"port": "22"}]')).toMatch(/"port"/);
    expect(problem('[\n{"comment": "all"}\n]')).toMatch(/line 2, column 1: this entry would allow everything/);
    expect(problem('[{"port": 1, "port": 2}]')).toMatch(/column 14: "port" is given twice/);
    expect(problem('[{"port": 1, "expires": "soon"}]')).toMatch(/a date such as/);
    expect(problem('[{"port": 1, "expires": "2026-13-45"}]')).toMatch(/a date such as/);
    expect(problem('{"port": 1}')).toMatch(/line 1, column 1: an array/);
    expect(problem('[7]')).toMatch(/an entry/);
    expect(problem('')).toMatch(/a value expected, not the end of the file/);
    expect(problem('[{"address": "10.0.0.0/33"}]')).toMatch(/CIDR/);
    expect(problem('[{"address": "fe80::1%eth0"}]')).toMatch(/CIDR/);
    expect(problem('[{"initiator": []}]')).toMatch(/a list that is not empty/);
    expect(problem('[{"initiator": ["10.0.0.1", 7]}]')).toMatch(/CIDR/);
    expect(problem('[{"reason": "portscan"}]')).toMatch(/line 1, column 13: "reason": a kind of incident/);
    expect(problem('[{"__proto__": {"port": 1}}]')).toMatch(/unknown name/);
    expect(problem('[{"a\\u001b[2J": 1}]')).toContain('\\u{1b}[2J');
  });

  it('means the same to detection: what a report offers to paste silences that incident', () => {
    const pasted = `[${silencingLines(incident(1), 88).join('\n')}]`;
    const list = new AllowList(parseAllowList(pasted, 'a'));
    const scan = { kind: 'port scan', initiator: '10.0.0.9', responder: '10.0.0.5', port: 80 } as const;
    const tcp = { protocol: 'TCP', protocolNumber: 6 };
    expect(list.covering({ ...scan, ...tcp }, 0)).toBeDefined();
    expect(list.covering({ ...scan, ...tcp, kind: 'host sweep', responder: '10.0.0.77' }, 0)).toBeDefined();
    expect(list.covering({ ...scan, ...tcp, responder: '10.0.0.77' }, 0)).toBeUndefined();
    expect(list.covering({ ...scan, ...tcp, initiator: '10.0.0.8' }, 0)).toBeUndefined();
  });

  it('says when the file cannot be read', async () => {
    await expect(readAllowList('/nonexistent/allow.json')).rejects.toMatchObject({ code: 'NO_INPUT' });
  });

  it('takes what a report offers to paste', () => {
    for (const incident of mixed().incidents) {
      const pasted = `[\n${silencingLines(incident, 88).join('\n')}\n]`;
      expect(parseAllowList(pasted, 'a')).toEqual(silencingEntries(incident));
    }
  });
});
