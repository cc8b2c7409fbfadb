/** An entry of an allow-list: what it names has to fit, what it does not name may be anything. */
import { z } from 'zod';

const several = z.union([z.string(), z.array(z.string()).min(1)]).optional();

export const entrySchema = z.strictObject({
  /** addresses or CIDR ranges, or MAC addresses; of either side with `address`, of one with the others */
  address: several,
  initiator: several,
  responder: several,
  /** the responder's */
  port: z.number().int().min(0).max(65_535).optional(),
  /** name (TCP, UDP, ICMP, ARP, …), case ignored, or IP protocol number */
  protocol: z.union([z.string(), z.number().int()]).optional(),
  /** kinds of incidents */
  reason: several,
  /** ISO 8601 date or time from which on the entry is void */
  expires: z.string().optional(),
  comment: z.string().optional(),
});
export type AllowEntry = z.infer<typeof entrySchema>;
