/** Sets of others, of `quality`, whose attacks have a name that says what they do. */
import { SETS } from '../quality/sets.js';

/** IoT-23 says it in a second label; rows to a C&C server that had none are told by the first one alone */
const kindOfRow = ({ detailedLabel }) => {
  const kind = detailedLabel.toString();
  return kind === '' || kind === '-' ? 'C&C' : kind;
};

export const OTHERS = SETS.filter(({ name }) => name === 'iot23' || name === 'modbus').map((set) => ({
  ...set,
  parts: set.parts.map((part) => (part.verdict ? { ...part, nameOf: kindOfRow } : part)),
}));
