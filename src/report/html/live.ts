/**
 * The report as a page that changes while the run goes on, in pieces that are replaced one by one. Made for a run of
 * whatever length: so many incidents are listed at most, and one that has not changed is not drawn again.
 */

import type { Incident } from '../../detect/incident.js';
import { cleanIncident } from '../clean.js';
import { count } from '../format.js';
import { type IncidentView, incidentView } from '../incident-view.js';
import type { RunReport } from '../run-report.js';
import { byImportance, viewReport } from '../view.js';
import { incidentItem, incidentList, severityFilters } from './incidents.js';
import { LIVE_SCRIPT } from './live-script.js';
import { html, NOTHING, trusted } from './markup.js';
import { CARE, documentOf, masthead, sections, styleFor } from './page.js';
import { SCRIPT } from './script.js';

/** More than a person reads, few enough to be drawn in the time of a few batches; report files have them all. */
const WORST = 400;
const NEWEST = 100;
/** Without script the page is asked for anew [s]. */
const RELOAD_S = 30;

/** Pieces of the page as markup, safe to show. */
export interface LivePieces {
  readonly title: string;
  readonly kind: string;
  /** everything but incidents, by name, in the order of the page; each has a place of its own */
  readonly parts: ReadonlyMap<string, string>;
  /** listed incidents by id, worst first */
  readonly items: ReadonlyMap<number, string>;
}

/** Where a page of pieces stands in the run, and how it is served. */
export interface LivePlace {
  /** tells runs apart */
  readonly run: string;
  readonly version: number;
  /** base64 of the SHA-256 of a text's UTF-8 bytes */
  readonly sha256: (text: string) => string;
}

interface Drawn {
  readonly mark: string;
  readonly clean: Incident;
  view?: IncidentView;
  item?: string;
}

/** What an incident's markup is made of changes only together with one of these. */
const markOf = ({ records, lastUs, severity, title, closed, again = 0 }: Incident): string =>
  `${records} ${lastUs} ${severity} ${closed} ${again} ${title}`;

export class LivePage {
  private drawn = new Map<number, Drawn>();

  /** The pieces of what was found so far. */
  pieces(report: RunReport): LivePieces {
    const { listed, ofThem } = choose(report.incidents);
    this.remember(listed);
    const view = viewReport(report, {
      listed: listed.map(({ id }) => this.of(id).clean),
      viewOf: ({ id }, facts) => {
        const drawn = this.of(id);
        drawn.view ??= incidentView(drawn.clean, facts);
        return drawn.view;
      },
    });
    const items = view.incidents.map((one): [number, string] => {
      const drawn = this.of(one.incident.id);
      drawn.item ??= incidentItem(one, false, 'bars').text;
      return [one.incident.id, drawn.item];
    });
    const parts = sections(view, NOTHING)
      .filter(([name]) => name !== 'incidents')
      .map(([name, content]): [string, string] => [name, content.text]);
    return {
      title: `${view.headline} (live)`,
      kind: view.report.facts.kind,
      parts: new Map([
        ['masthead', masthead(view).text],
        ...parts,
        ['filters', severityFilters(view.bySeverity).text],
        ['listed', html`${ofThem}`.text],
      ]),
      items: new Map(items),
    };
  }

  private of(id: number): Drawn {
    return this.drawn.get(id) as Drawn;
  }

  /** Keeps what was drawn of the listed ones that are as they were. */
  private remember(listed: readonly Incident[]): void {
    const before = this.drawn;
    this.drawn = new Map();
    for (const incident of listed) {
      const mark = markOf(incident);
      const old = before.get(incident.id);
      this.drawn.set(incident.id, old?.mark === mark ? old : { mark, clean: cleanIncident(incident) });
    }
  }
}

/** The worst, and the newest of the rest, so that what just happened is seen. */
function choose(all: readonly Incident[]): { listed: readonly Incident[]; ofThem: string } {
  if (all.length === 0) return { listed: all, ofThem: 'None so far.' };
  if (all.length <= WORST + NEWEST) return { listed: all, ofThem: '' };
  const sorted = [...all].sort(byImportance);
  const newest = sorted.slice(WORST).sort((a, b) => b.id - a.id);
  return {
    listed: [...sorted.slice(0, WORST), ...newest.slice(0, NEWEST)],
    ofThem: `Of ${count(all.length)} incidents, the worst ${count(WORST)} and the newest ${count(NEWEST)} of the others are listed here; report files have them all.`,
  };
}

/** The security policy of the page: its own style sheet and scripts, and questions to where it came from. */
export function livePolicy(kind: string, sha256: (text: string) => string): string {
  const own = (text: string): string => `'sha256-${sha256(text)}'`;
  return `default-src 'none'; style-src ${own(liveStyle(kind))}; script-src ${own(SCRIPT)} ${own(LIVE_SCRIPT)}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'`;
}

/** The whole page, for who comes anew or has no script. */
export function livePage(pieces: LivePieces, { run, version, sha256 }: LivePlace): string {
  const { parts, items, kind, title } = pieces;
  const part = (name: string) => html`<div data-part="${name}">${trusted(parts.get(name) ?? '')}</div>`;
  const names = [...parts.keys()].filter((name) => !['masthead', 'filters', 'listed'].includes(name));
  // the list stands where the report has it
  const above = names.slice(0, names.indexOf('timeline') + 1);
  const below = names.slice(above.length);
  const list = incidentList(part('filters'), trusted([...items.values()].join('')), '', items.size >= WORST);
  return documentOf({
    title,
    style: liveStyle(kind),
    policy: livePolicy(kind, sha256),
    scripts: [SCRIPT, LIVE_SCRIPT],
    head: html`<link rel="icon" href="data:,"><noscript><meta http-equiv="refresh" content="${RELOAD_S}"></noscript>`,
    header: part('masthead'),
    mainData: html` data-run="${run}" data-version="${version}"`,
    main: html`${above.map(part)}${list}<div class="none" data-part="listed">${trusted(parts.get('listed') ?? '')}</div>${below.map(part)}`,
    footer: html`<p id="live" role="status" data-state="live" hidden><i aria-hidden="true"></i><span>Live</span></p><noscript><p>This page is loaded anew every ${RELOAD_S} s.</p></noscript>Times are UTC. A notice says that something is new, not that it is bad. This page asks nobody but the program that it came from; ${CARE}`,
  });
}

const LIVE_CSS = `html{overflow-anchor:none}
#live{position:fixed;right:14px;bottom:12px;z-index:3;margin:0;display:flex;align-items:center;gap:8px;background:var(--card);color:var(--ink);border:1px solid var(--line);border-radius:999px;padding:5px 13px;font-size:13px;font-variant-numeric:tabular-nums;box-shadow:0 1px 6px rgb(0 0 0/.14)}#live[hidden]{display:none}
#live i{width:9px;height:9px;border-radius:50%;background:var(--plot-3)}#live[data-state=ended] i{background:var(--soft);border-radius:2px}#live[data-state=lost] i{background:var(--high);border-radius:2px;transform:rotate(45deg)}
footer.wrap{padding-bottom:44px}fieldset [data-part]{display:contents}
@keyframes fresh{from{background:var(--wash);box-shadow:0 0 0 2px var(--accent)}}
@media (prefers-reduced-motion:no-preference){.incident.fresh{animation:fresh 6s ease-out}}
@media print{#live{display:none}}`;

const liveStyle = (kind: string): string => `${styleFor(kind)}\n${LIVE_CSS}`;
