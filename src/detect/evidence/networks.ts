/** Networks whose base rates come with the program. */
import { type BaseRates, NO_BASE_RATES } from './base-rates.js';

export const BASE_RATES: BaseRates = NO_BASE_RATES;
