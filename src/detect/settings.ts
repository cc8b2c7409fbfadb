/** The one table of detection's constants. Every value is the same for all traffic; none is tuned to one network. */
export const SETTINGS = {
  /** records of evidence on one key within EVIDENCE_S that open an incident */
  EVIDENCE: 3,
  EVIDENCE_S: 60,
  /** false alarms of one protocol fact in a day that chance may bring about: a tenth of one, for there are about ten facts */
  FACT_ALARMS_PER_DAY: 0.1,
  /** s of silence after which an incident is closed */
  CLOSE_S: 300,
  /** a beacon's incident is closed after so many of its periods, where that is longer: the next call is no new event */
  BEACON_PERIODS: 3,
  /** incidents of one (responder, port) opened within this many s are one */
  MERGE_S: 120,
  /** s after the last record of an incident in which evidence of another kind by the same initiator still belongs to it */
  SAME_EVENT_S: 30,
  /** s from the first record: opened here, an incident is marked as of low confidence, for the counters were empty */
  WARM_UP_S: 60,
  /** s from the first record in which the score alone is no evidence: flows joined in their middle look odd */
  SCORE_GRACE_S: 10,
  /** the part of m that nothing new explains is an alarm over the threshold by this factor … */
  ALARM_MARGIN: 1.1,
  /** … and by this one where client, service or server is new; m as a whole likewise where nothing is */
  LONE_MARGIN: 1.25,
  /** a count fires above this many times the training maximum, and never at or below COUNT_FLOOR */
  COUNT_FACTOR: 2,
  COUNT_FLOOR: 6,
  /** the same for what one client does with one service, where the training maximum is that service's own */
  SERVICE_FACTOR: 3,
  /** activities, incidents, and of an incident frames, other hosts, moved addresses and the MACs of each remembered at once */
  ACTIVITIES: 16_384,
  INCIDENTS: 10_000,
  FRAMES: 1000,
  OTHERS: 100,
  MOVED: 100,
  FORMER_MACS: 4,
} as const;
