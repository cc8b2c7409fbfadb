/** What kind of log a connection is of, as bits (see forms.ts). */
import { type ConnRecord, TCP } from '../../zeek/record.js';
import { BEGINS, BOTH_SIDES, CONNECTION_FORM, SETTLES, WHOLE_BEGINNING } from '../forms.js';

/** Letters of the history that a TCP side only writes once it has heard of the other: ACK, data, FIN. */
const HEARD = new Uint8Array(128);
const FROM_ORIGINATOR = 1;
const FROM_RESPONDER = 2;
for (const letter of ['A', 'D', 'F']) {
  HEARD[letter.charCodeAt(0)] = FROM_ORIGINATOR;
  HEARD[letter.toLowerCase().charCodeAt(0)] = FROM_RESPONDER;
}
const ANY_FROM_RESPONDER = new Uint8Array(128);
for (const letter of 'shadfrcgtwiq') ANY_FROM_RESPONDER[letter.charCodeAt(0)] = 1;

export function formOf(record: ConnRecord): number {
  let form =
    record.service.length === 0 && record.origBytes > 0 && record.respBytes > 0 ? CONNECTION_FORM.noService : 0;
  if (record.origPkts < 0 && record.respPkts < 0) form |= CONNECTION_FORM.noPackets;
  if (record.missedBytes > 0) form |= CONNECTION_FORM.gap;
  const { bytes, length } = record.history;
  if (length === 0) return form | CONNECTION_FORM.noHistory;
  if (record.proto !== TCP) return form;
  let heard = 0;
  let responder = false;
  let originator = false;
  let openings = 0;
  for (let i = 0; i < length; i++) {
    const letter = bytes[i] & 127;
    heard |= HEARD[letter];
    if (letter === SYN) openings |= FROM_ORIGINATOR;
    else if (letter === SYN_ACK) openings |= FROM_RESPONDER;
    else if ((letter & UPPER) === REPEATED) form |= CONNECTION_FORM.repeated;
    if (ANY_FROM_RESPONDER[letter] === 1) responder = true;
    else if (letter !== FLIP) originator = true;
  }
  if (heard === 0) return form;
  if (!originator || !responder) return form | SETTLES;
  form |= SETTLES | BOTH_SIDES;
  // of one joined in its middle nobody can say
  if (openings === 0) return form;
  return form | BEGINS | (openings === (FROM_ORIGINATOR | FROM_RESPONDER) ? WHOLE_BEGINNING : 0);
}

/** "S" and "h": SYN, and SYN with ACK in answer. */
const SYN = 83;
const SYN_ACK = 104;
/** "T" and "t": data that had come before; without the bit that tells small letters. */
const REPEATED = 84;
const UPPER = 95;
/** "^": the sensor swapped the sides. */
const FLIP = 94;
