/** The one table of detection's constants. Every value is the same for all traffic; none is tuned to one network. */
export const SETTINGS = {
  /** records of evidence on one key within EVIDENCE_S that open an incident */
  EVIDENCE: 3,
  EVIDENCE_S: 60,
  /** s of silence after which an incident is closed */
  CLOSE_S: 300,
  /** incidents of one (responder, port) opened within this many s are one */
  MERGE_S: 120,
  /** s after the last record of an incident in which evidence of another kind by the same initiator still belongs to it */
  SAME_EVENT_S: 30,
  /** s from the first record: opened here, an incident is marked as of low confidence, for the counters were empty */
  WARM_UP_S: 60,
  /** s from the first record in which the score makes no notice: flows joined in their middle look odd */
  SCORE_GRACE_S: 10,
  /** a count fires above this many times the training maximum, and never at or below COUNT_FLOOR */
  COUNT_FACTOR: 2,
  COUNT_FLOOR: 6,
  /** incidents, and of an incident frames, names in its log, other hosts, moved addresses and the MACs of each remembered at once */
  INCIDENTS: 10_000,
  /** incidents of one kind that a day opens: who looks at each for half a minute has a day's work with them */
  ALIKE: 1000,
  FRAMES: 1000,
  UIDS: 100,
  OTHERS: 100,
  MOVED: 100,
  FORMER_MACS: 4,
} as const;
