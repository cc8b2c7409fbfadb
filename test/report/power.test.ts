/** What people are told of a model's power: console, report of the training, the model before, reports of detection. */
import { describe, expect, it } from 'vitest';
import type { TemplatePower } from '../../src/model/power-schema.js';
import { powerSchema } from '../../src/model/power-schema.js';
import { sha256Base64 } from '../../src/output/hash.js';
import { renderHtml } from '../../src/report/html/page.js';
import { displayWidth, WIDTH } from '../../src/report/layout.js';
import { comparePower, signTest } from '../../src/report/power/compare.js';
import { comparisonLines, powerLines, unseenLines } from '../../src/report/power/lines.js';
import { powerSection } from '../../src/report/power/section.js';
import { placeOf, scaleOf, sizeText } from '../../src/report/power/sizes.js';
import { renderText } from '../../src/report/text.js';
import { CALLS, MINING, missedUpTo, raisedFrom, SCAN, samplePower, tried, UPLOAD } from './power-sample.js';
import { mixed } from './sample.js';

const BEFORE = '2026-11-01T00:00:00.000Z';
const compared = (before: readonly TemplatePower[], now: readonly TemplatePower[]) =>
  comparePower(samplePower(before), BEFORE, samplePower(now));

describe('sizes', () => {
  it('are told with their unit', () => {
    const said = [
      sizeText(1000, 'ports'),
      sizeText(3e6, 'bytes'),
      sizeText(240, 'minutes'),
      sizeText(600, 's from call to call'),
      sizeText(1, 'clients served'),
    ];
    expect(said).toEqual(['1,000 ports', '3 MB', '4 h', 'a call every 10 min', '1 client served']);
  });

  it('lie between the least and the most visible of their template, also where the smaller number is the more visible', () => {
    expect(placeOf(5, scaleOf(SCAN))).toBe(0);
    expect(placeOf(1000, scaleOf(SCAN))).toBe(1);
    expect(placeOf(5, scaleOf(CALLS))).toBe(1);
    expect(placeOf(3600, scaleOf(CALLS))).toBeCloseTo(0, 12);
  });

  it('of a template that this program does not have are those that were told, in their order', () => {
    expect(scaleOf({ ...SCAN, template: 'haunting' })).toEqual([10, 20, 1000]);
    expect(scaleOf({ ...CALLS, template: 'haunting' })).toEqual([3600, 10, 5]);
  });
});

describe('the lines after training', () => {
  it('say what is seen best, what worst, and what is not known', () => {
    expect(powerLines(samplePower())).toEqual([
      'power, best: SYN scan, raised from 20 ports on, after 500 ms',
      'power, worst: upload by ftp (missed up to 3 MB)',
      'power, open: 1 of 4 templates not looked at to the end; --power full does; 3 with sizes that last longer than a block of this training (3 min): a longer one has room for them',
    ]);
  });

  it('never take what was not looked at to the end for an answer', () => {
    const lines = powerLines(
      samplePower([CALLS, { ...CALLS, template: 'call home by dns', at_most: null } as TemplatePower]),
    );
    expect(lines[0]).toBe('power: no answer in 12.5 s');
    expect(lines.join()).not.toMatch(/best|worst|raised/);
    const beside = powerLines(samplePower([SCAN, CALLS]))
      .slice(0, 2)
      .join();
    expect(beside).not.toContain('call home');
  });

  it('name the least well seen where nothing was missed, and promise nothing of a longer training that was not measured', () => {
    const later = raisedFrom('UDP scan', 'ports', 500, 1000);
    const [, worst, open] = powerLines(samplePower([SCAN, later]));
    expect(worst).toBe(
      'power, worst: nothing was missed at its largest size; the least well seen is UDP scan (raised from 1,000 ports on)',
    );
    expect(open).toBe('power, open: nothing, every template has its answer');
  });

  it('say of a training that is too short for all that it is', () => {
    expect(powerLines(samplePower([MINING]))).toEqual([
      'power: not one template could be tried; the training is too short (a block of it is 3 min)',
    ]);
  });
});

describe('beside the model before', () => {
  it('a template is less well seen when a size that was raised is missed now, and better the other way round', () => {
    const [small, large] = [raisedFrom('SYN scan', 'ports', 10, 20), raisedFrom('SYN scan', 'ports', 50, 100)];
    expect(compared([small], [large]).worse).toEqual([{ template: 'SYN scan', unit: 'ports', before: 20, now: 100 }]);
    expect(compared([large], [small]).better).toEqual([{ template: 'SYN scan', unit: 'ports', before: 100, now: 20 }]);
    expect(compared([small], [missedUpTo('SYN scan', 'ports', 1000)]).worse).toHaveLength(1);
    // the very size that was raised before is missed now
    expect(compared([small], [raisedFrom('SYN scan', 'ports', 20, 50)]).worse).toHaveLength(1);
    expect(compared([small], [small])).toMatchObject({ same: 1, worse: [], better: [], open: [] });
  });

  it('knows that of periods the longer is the less visible', () => {
    const rare = raisedFrom('call home by tls', 's from call to call', 600, 300);
    const often = raisedFrom('call home by tls', 's from call to call', 30, 10);
    expect(compared([rare], [often]).worse).toHaveLength(1);
    expect(compared([often], [rare]).better).toHaveLength(1);
  });

  it('says nothing of what is not finished, not there, or was not tried at such a size', () => {
    expect(compared([SCAN], [{ ...CALLS, template: 'SYN scan', unit: 'ports' }]).open).toEqual(['SYN scan']);
    expect(compared([], [SCAN]).open).toEqual(['SYN scan']);
    // 10 ports were the least that fits into this training, and 5 raised before: nobody missed 5
    const least: TemplatePower = { ...SCAN, smallest: 10, sizes: [tried(10, 7, 7)] } as TemplatePower;
    expect(compared([raisedFrom('SYN scan', 'ports', 5, 50)], [least]).open).toEqual(['SYN scan']);
    // missed up to 3 MB now; before, 10 MB were raised
    const before = raisedFrom('upload by ftp', 'bytes', 3e6, 1e7);
    expect(compared([before], [UPLOAD]).open).toEqual(['upload by ftp']);
  });

  it('calls a model weaker only where chance does not explain it', () => {
    const names = ['SYN scan', 'UDP scan', 'slow connect scan', 'ssh guessing', 'http guessing'];
    const [before, now] = [10, 50].map((least) => names.map((name) => raisedFrom(name, 'ports', least, 2 * least)));
    expect(compared(before, now)).toMatchObject({ weaker: true, trained_at: BEFORE });
    expect(compared(before.slice(1), now.slice(1)).weaker).toBe(false);
    expect(compared(now, before).weaker).toBe(false);
    expect(signTest(5, 0)).toBeCloseTo(1 / 32, 12);
    expect(signTest(8, 1)).toBeCloseTo(10 / 512, 12);
    expect(signTest(0, 0)).toBe(1);
  });

  it('is told with both sizes, and with what was measured otherwise', () => {
    const now = samplePower([raisedFrom('SYN scan', 'ports', 50, 100), CALLS]);
    const before = { ...samplePower([SCAN]), effort: 'full' as const, placements: 10 };
    const power = { ...now, compared: comparePower(before, BEFORE, now) };
    expect(comparisonLines(power)).toEqual([
      'power against the model before, worse: SYN scan (from 100 ports on, before from 20 ports on); so few may be chance, for placements differ',
      'power against the model before: alike 0, not comparable 1 (full, 10 placements a size then; quick, 7 now)',
    ]);
    expect(powerSchema.parse(power)).toEqual(power);
    expect(comparisonLines(now)).toEqual([]);
  });
});

describe('the section in the report of a training', () => {
  const page = powerSection(samplePower()).text;
  const rows = [...page.matchAll(/<th scope="row">([^<]+)<\/th>(.*)<\/tr>/g)];

  it('has a row for each template, the least well seen first, with parties, answer, delay, placements and why not', () => {
    expect(rows.map(([, name]) => name)).toEqual(['upload by ftp', 'SYN scan', 'call home by tls', 'mining']);
    expect(rows[0]?.[2]).toContain('<b class="missing">missed up to 3 MB</b>');
    expect(rows[0]?.[2]).toContain('1 GB: it lasts longer than a block of this training');
    expect(rows[1]?.[2]).toMatch(/client to new remote.*raised from 20 ports on.*after 500 ms.*7 of 7/);
    expect(rows[2]?.[2]).toContain('raised at a call every 5 s, at less not known yet');
    expect(rows[3]?.[2]).toContain('any size: it lasts longer');
  });

  it('has the picture twice, for wide and narrow pages, with its alternative in words and what is missed in red', () => {
    const pictures = [...page.matchAll(/<svg class="plot" role="img" aria-label="([^"]+)"[^>]*>(.*?)<\/svg>/gs)];
    expect(pictures).toHaveLength(2);
    for (const [, label, drawn] of pictures) {
      expect(label).toContain('upload by ftp missed up to 3 MB; SYN scan raised from 20 ports on');
      // the line of each that has two sizes, and a dot for each that was tried
      const colours = [...(drawn ?? '').matchAll(/fill="none" stroke="([^"]+)"/g)].map(([, colour]) => colour);
      expect(colours).toEqual(['var(--plot-mark)', 'var(--plot-1)']);
      expect(drawn?.match(/<circle/g)).toHaveLength(6);
      expect(drawn).toContain('>mining</text>');
    }
  });

  it('says how it was measured, and that it was not where it was not', () => {
    expect(page).toContain('1 block of this training (15,000 records, 3 min)');
    expect(page).toContain('Effort quick: at most 7 placements a size, 12.5 s in all');
    expect(page).toContain('learned from the other blocks who is there');
    expect(powerSection({ ...samplePower(), effort: 'full' }).text).toContain('learned nothing from the block');
    expect(powerSection(undefined).text).toContain('Not measured');
    expect(powerSection({ ...samplePower(), nets: 'final' }).text).toContain('Only the net');
  });

  it('lets no name become markup', () => {
    expect(powerSection(samplePower([{ ...SCAN, template: '<img src=x>"' }])).text).not.toContain('<img');
  });
});

describe("the end of detection's reports", () => {
  const report = { ...mixed(), power: samplePower() };
  const [missed, unknown] = unseenLines(samplePower());

  it('says what was missed, and what nobody knows', () => {
    expect([missed, unknown]).toEqual([
      'Not raised reliably when woven into its training: upload by ftp up to 3 MB, SYN scan of 10 ports.',
      'Not known: 1 of 4 templates not looked at to the end; longer than a block of its training (3 min) and not tried: mining, some sizes of 2 templates.',
    ]);
    expect(unseenLines(samplePower([CALLS]))[0]).toContain('not one of 1 template');
    expect(unseenLines(samplePower([SCAN]))[1]).toBe('Not known: nothing; every template has its answer.');
  });

  it('is the last section of the text, within 100 columns, and absent where power is not known', () => {
    const text = renderText(report);
    const end = text.slice(text.indexOf('WHAT THIS MODEL WOULD NOT HAVE SEEN'));
    expect(end.replace(/\n +/g, ' ')).toContain(unknown);
    expect(end.split('\n').filter((line) => displayWidth(line) > WIDTH)).toEqual([]);
    expect(end).not.toMatch(/\n[A-Z]{4}/);
    expect(renderText(mixed())).not.toContain('WOULD NOT HAVE SEEN');
  });

  it('is the last section of the page', () => {
    const page = renderHtml(report, sha256Base64);
    expect([...page.matchAll(/<section id="(\w+)"/g)].at(-1)?.[1]).toBe('unseen');
    expect(page).toContain(missed);
    expect(renderHtml(mixed(), sha256Base64)).not.toContain('id="unseen"');
  });
});
