/** detect -r of a hub: what all sensors of a fleet told, in one view, until Ctrl+C. */
import { AnomalyError, EXIT_DONE, EXIT_INTERRUPTED } from '../../base/errors.js';
import { toJournal } from '../../base/journal.js';
import { Locks } from '../../base/lock.js';
import { standardError, standardOutput } from '../../base/standard-streams.js';
import { printable } from '../../base/text.js';
import { VERSION } from '../../base/version.js';
import { SEVERITIES } from '../../detect/incident.js';
import { newId } from '../../engine/new-id.js';
import { CarrierError, type CarrierOptions, type HubCarrier, hubError } from '../../fleet/carriers/carrier.js';
import { openCarrier } from '../../fleet/carriers/open.js';
import type { IncidentRecord } from '../../fleet/sink/bodies.js';
import { type SensorNews, Sink } from '../../fleet/sink/sink.js';
import { FleetStore } from '../../fleet/sink/store.js';
import type { DetectRun } from '../../options.js';
import { FleetConsole } from '../../output/fleet-console.js';
import { FleetReports } from '../../output/fleet-reports.js';
import type { Campaign, FleetReport } from '../../report/fleet/facts.js';
import { count, counted } from '../../report/format.js';
import { unlessStopped } from '../first-byte.js';
import { giveUpRoot } from '../give-up-root.js';
import { ServiceManager, standing } from '../service-manager.js';
import { handleSignals } from '../signals.js';
import { stopAfter } from '../stop-after.js';

/** @returns the exit code: 0, or 130 when interrupted twice */
export async function watchFleet(hub: string, options: DetectRun): Promise<number> {
  const { user, hubKey, hubCa, out, quiet, json, color } = options;
  const said = new FleetConsole({
    stdout: toJournal(standardOutput()),
    stderr: toJournal(standardError()),
    ...{ quiet, json, color },
  });
  giveUpRoot({ user, paths: [hubKey, hubCa], note: (line) => said.note(line) });
  const ending = new AbortController();
  let interrupt: (code: number) => void = () => undefined;
  const interrupted = new Promise<number>((resolve) => {
    interrupt = resolve;
  });
  let view: FleetView | undefined;
  const release = handleSignals({
    onStop: () => ending.abort(),
    onInterrupt: () => interrupt(EXIT_INTERRUPTED),
    onReopen: () => view?.look(),
    onReport: () => view?.look(),
  });
  const locks = Locks.take(out, 'detect');
  try {
    if (locks.before !== '') said.note(locks.before);
    view = new FleetView(hub, options, said, ending.signal);
    return await Promise.race([view.run(), interrupted]);
  } finally {
    release();
    said.finish();
    locks.release();
  }
}

/** Lines that wait for a reader: those of about one batch, so that a slow one is seen to read. */
const WAITING_BYTES = 1 << 20;

const NEWS: Readonly<Record<SensorNews, string>> = {
  new: 'is new',
  silent: 'has said nothing for five minutes',
  back: 'is heard again',
  conflict: 'tells different things under the same number: two machines share its spool; see Conflicts in the report',
};

class FleetView {
  private reports: FleetReports | undefined;

  constructor(
    private readonly hub: string,
    private readonly options: DetectRun,
    private readonly said: FleetConsole,
    private readonly signal: AbortSignal,
  ) {}

  /** Whole reports anew, soon. */
  look(): void {
    this.reports?.touch();
  }

  async run(): Promise<number> {
    const { out, hubKey: key, hubCa: ca } = this.options;
    const path = out.find((name) => name.endsWith('.sqlite')) as string;
    const store = await FleetStore.open(path);
    let carrier: HubCarrier | undefined;
    try {
      const note = (line: string): void => this.said.note(line);
      carrier = await this.connect({ key, ca, note });
      if (!carrier) return EXIT_DONE;
      const who = { hub: carrier.name, version: VERSION, run: newId(Date.now()) };
      store.begin(who);
      const report = (): FleetReport => store.report();
      this.reports = await FleetReports.open(out, { who, report, note });
      return await this.read(carrier, store, this.reports);
    } finally {
      await carrier?.close();
      store.close();
    }
  }

  /** Undefined: told to end before the hub answered. */
  private async connect(options: Pick<CarrierOptions, 'key' | 'ca' | 'note'>): Promise<HubCarrier | undefined> {
    const { hub, signal } = this;
    try {
      return await openCarrier({ hub, sensor: undefined, signal, ...options });
    } catch (error) {
      if (!signal.aborted || !(error instanceof AnomalyError) || error.code !== 'HUB') throw error;
      options.note(`${error.message}; nothing was read`);
      return undefined;
    }
  }

  private async read(carrier: HubCarrier, store: FleetStore, reports: FleetReports): Promise<number> {
    const { said, options, signal } = this;
    const note = (line: string): void => said.note(line);
    const listener = {
      onIncident: ({ incident, event, json }: IncidentRecord): void => {
        reports.event(json);
        said.incident(incident, event, json);
      },
      onCampaign: (campaign: Campaign, what: 'opened' | 'grown'): void => {
        reports.campaign(campaign, what);
        said.campaign(campaign, what);
      },
      onSensor: (sensor: string, news: SensorNews): void => {
        reports.touch();
        note(`sensor ${printable(sensor)}: ${NEWS[news]}`);
      },
      room: () => standardOutput().room(WAITING_BYTES),
    };
    const { incidents, sensors } = store.counts();
    const known = `${counted(incidents, 'incident')} of ${counted(sensors, 'sensor')} are known`;
    note(`reading hub ${carrier.name}; ${known}; Ctrl+C ends it and writes the reports`);
    const ending = new AbortController();
    const end = (): void => ending.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const forgetLimit = options.hours === undefined ? undefined : stopAfter(options.hours, end);
    const manager = new ServiceManager({ status: () => statusOf(carrier, store), stuck: () => undefined, note });
    ending.signal.addEventListener('abort', () => manager.stopping(), { once: true });
    try {
      // a hub that hangs is not waited for when somebody wants to end
      const sink = await unlessStopped(Sink.open({ carrier, store, listener, note }), ending.signal);
      manager.ready();
      await sink?.run(ending.signal);
    } catch (error) {
      if (!(error instanceof CarrierError)) throw error;
      throw hubError(carrier.name, error);
    } finally {
      forgetLimit?.();
      signal.removeEventListener('abort', end);
      await manager.end();
      await this.tell(store, reports);
    }
    return EXIT_DONE;
  }

  /** What was found, and the last reports. @throws what kept one of them from being written */
  private async tell(store: FleetStore, reports: FleetReports): Promise<void> {
    const facts = store.counts();
    const unwritten = await reports.finish();
    const note = (line: string): void => this.said.note(line);
    const found = [...SEVERITIES]
      .reverse()
      .filter((severity) => facts.bySeverity[severity] > 0)
      .map((severity) => `${count(facts.bySeverity[severity])} ${severity}`);
    const which = found.length > 0 ? ` (${found.join(', ')})` : '';
    const what = [counted(facts.campaigns, 'campaign'), `${counted(facts.incidents, 'incident')}${which}`];
    note(`${counted(facts.sensors, 'sensor')}, ${what.join(', ')}`);
    const failed = new Set(unwritten.map(({ path }) => path));
    const written = this.options.out.filter((path) => !failed.has(path));
    note(`written: ${written.map(printable).join(', ')}`);
    const [first, ...others] = unwritten;
    for (const { error } of others) note(error instanceof Error ? error.message : String(error));
    if (first) throw first.error;
  }
}

/** What `systemctl status` shows. */
function statusOf({ name, connected }: HubCarrier, store: FleetStore): string {
  const { sensors, campaigns, incidents } = store.counts();
  const figures = [counted(sensors, 'sensor'), counted(campaigns, 'campaign'), counted(incidents, 'incident')];
  return standing(`hub ${name}`, connected ? undefined : 'the hub does not answer', figures);
}
