/** Which interface the default route uses, from the tables the Linux kernel shows in /proc/net. */

/** route flags (linux/route.h, linux/ipv6_route.h) */
const RTF_UP = 0x1;
const RTF_REJECT = 0x200;

/**
 * /proc/net/route: interface, destination, gateway, flags, refcount, use, metric, mask, …; hexadecimal but for the counts and the metric.
 * The lowest metric wins.
 */
export function defaultRoute4(table: string): string | undefined {
  const rows = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return best(
    rows
      .filter(
        ([, to, , flags, , , , mask]) =>
          Number.parseInt(to ?? '1', 16) === 0 && Number.parseInt(mask ?? '1', 16) === 0 && usable(flags),
      )
      .map(([name, , , , , , metric]) => ({ name: name, metric: Number(metric) })),
  );
}

/** /proc/net/ipv6_route: destination, prefix length, source, its length, next hop, metric, refcount, use, flags, interface; hexadecimal. */
export function defaultRoute6(table: string): string | undefined {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  return best(
    rows
      .filter(
        ([to, bits, , , , , , , flags, name]) =>
          /^0{32}$/.test(to ?? '') && bits === '00' && usable(flags) && name !== 'lo',
      )
      .map(([, , , , , metric, , , , name]) => ({
        name: name,
        metric: Number.parseInt(metric, 16),
      })),
  );
}

function usable(flags: string | undefined): boolean {
  const bits = Number.parseInt(flags ?? '0', 16);
  return (bits & RTF_UP) !== 0 && (bits & RTF_REJECT) === 0;
}

function best(routes: { name: string; metric: number }[]): string | undefined {
  return routes.sort((a, b) => a.metric - b.metric)[0]?.name;
}
