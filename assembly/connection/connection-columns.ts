/**
 * The columns of a row, by name. The module exports them, and src/features/connection/ compares
 * names and order with its own tables when it loads: the two cannot differ unnoticed.
 */

export enum Column {
  duration,
  no_duration,
  orig_packets,
  resp_packets,
  orig_bytes,
  resp_bytes,
  orig_packet_size,
  resp_packet_size,
  orig_share,
  proto_tcp,
  proto_udp,
  proto_icmp,
  proto_other,
  state_S0,
  state_S1,
  state_SF,
  state_REJ,
  state_S2,
  state_S3,
  state_RSTO,
  state_RSTR,
  state_RSTOS0,
  state_RSTRH,
  state_SH,
  state_SHR,
  state_OTH,
  state_unknown,
  service_known,
  orig_local,
  resp_local,
  unicast,
  ipv6,
  missed,
  history_orig_s,
  history_resp_s,
  history_orig_h,
  history_resp_h,
  history_orig_a,
  history_resp_a,
  history_orig_d,
  history_resp_d,
  history_orig_f,
  history_resp_f,
  history_orig_r,
  history_resp_r,
  history_orig_c,
  history_resp_c,
  history_orig_g,
  history_resp_g,
  history_orig_t,
  history_resp_t,
  history_orig_w,
  history_resp_w,
  history_orig_i,
  history_resp_i,
  history_orig_q,
  history_resp_q,
  history_flip,
  orig_connections,
  orig_responders,
  orig_services,
  pair_ports,
  orig_failed,
  orig_failed_share,
  orig_rejected,
  orig_echoes,
  service_connections,
  interval,
  interval_variation,
  rarity_port,
  rarity_service,
  rarity_service_port,
  rarity_state,
  rarity_port_state,
  rarity_port_place,
  rarity_history,
  rarity_port_history,
  rarity_size_up,
  rarity_size_down,
  rarity_duration,
  rarity_exact_port,
  rarity_originator,
  rarity_responder,
  rarity_responder_port,
}
export const COLUMNS: i32 = Column.rarity_responder_port + 1;

/** columns of the letters of the history, which the caller writes */
export const LETTERS: i32 = Column.history_orig_s;
export const LETTERS_WIDTH: i32 = Column.history_flip + 1 - LETTERS;

/** Words, whose rarity in training is a column; behind their keys stands that of the port by itself. */
export const FIRST_WORD: i32 = Column.rarity_port;
export const WORDS: i32 = COLUMNS - FIRST_WORD;

// groups of words that depend on the same values of a record, from their first to the next group's
export const SERVICE_WORDS: i32 = Column.rarity_port;
export const HISTORY_WORDS: i32 = Column.rarity_history;
export const SIZE_WORDS: i32 = Column.rarity_size_up;
export const PARTY_WORDS: i32 = Column.rarity_exact_port;
export const SERVICE_WIDTH: i32 = HISTORY_WORDS - SERVICE_WORDS;
export const HISTORY_WIDTH: i32 = SIZE_WORDS - HISTORY_WORDS;
export const SIZE_WIDTH: i32 = PARTY_WORDS - SIZE_WORDS;
export const PARTY_WIDTH: i32 = COLUMNS - PARTY_WORDS;

// protocols, by the order of their columns
export const TCP: i32 = Column.proto_tcp - Column.proto_tcp;
export const UDP: i32 = Column.proto_udp - Column.proto_tcp;
export const ICMP: i32 = Column.proto_icmp - Column.proto_tcp;
export const OTHER: i32 = Column.proto_other - Column.proto_tcp;

// directions, which the caller compares with its own
export const OUTBOUND: i32 = 0;
export const INBOUND: i32 = 1;
export const INTERNAL: i32 = 2;
export const TRANSIT: i32 = 3;
