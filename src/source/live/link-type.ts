/** LINKTYPE_ numbers of capture files from what libpcap calls a device's link type (DLT_, pcap/dlt.h). */

/** The names npm cap uses. */
const BY_NAME: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  IEEE802_11_RADIO: 127,
  LINKTYPE_LINUX_SLL: 113,
  RAW: 101,
};

/** DLT_ values that differ from their LINKTYPE_; the others are equal (pcap-common.c of libpcap). */
const BY_DLT: Readonly<Record<number, number>> = { 12: 101, 14: 101 };

/** LINKTYPE_ number for the name that `Cap.open` returned ("ETHERNET", "Unknown linktype 276"), or -1. */
export function linkTypeOf(name: string): number {
  const known = BY_NAME[name];
  if (known !== undefined) return known;
  const dlt = Number(/^Unknown linktype (\d+)$/.exec(name)?.[1] ?? -1);
  return BY_DLT[dlt] ?? dlt;
}
