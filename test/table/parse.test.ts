import { describe, expect, it } from 'vitest';
import { COLUMNS, type ColumnName, HEADER } from '../../src/table/columns.js';
import { headerFault, RowParser } from '../../src/table/parse.js';
import { PacketRecord } from '../../src/table/record.js';

const rows = new RowParser();

/** A row whose cells are empty but for those that must be there, and `cells`. */
function row(cells: Partial<Record<ColumnName, string>>): string {
  const all: Partial<Record<ColumnName, string>> = {
    'frame.time_epoch': '1.5',
    'frame.len': '60',
    'frame.cap_len': '60',
    ...cells,
  };
  return COLUMNS.map(({ name }) => all[name] ?? '').join(',');
}

function read(text: string): PacketRecord {
  const bytes = Buffer.from(`${text}\n`, 'latin1');
  const record = new PacketRecord();
  rows.parse(bytes, 0, bytes.length - 1, record);
  return record;
}

describe('a table row', () => {
  it.each([
    ['1700000000.123456', 1_700_000_000_123_456],
    ['1700000000', 1_700_000_000_000_000],
    ['1700000000.5', 1_700_000_000_500_000],
    ['1700000000.123456789', 1_700_000_000_123_456],
    ['-0.000001', -1],
    ['0.000000', 0],
  ])('takes the time %s as %d µs', (text, us) => {
    expect(read(row({ 'frame.time_epoch': text })).timestampUs).toBe(us);
  });

  it.each<[ColumnName, string, string]>([
    ['frame.time_epoch', '', 'frame.time_epoch: no time'],
    ['frame.time_epoch', 'e9', 'frame.time_epoch: no time'],
    ['frame.time_epoch', '99999999999999', 'frame.time_epoch: time out of range'],
    ['frame.len', '', 'frame.len: empty'],
    ['frame.cap_len', '-1', 'frame.cap_len: no whole number'],
    ['eth.src', '00:11:22:33:44', 'eth.src: no MAC address'],
    ['eth.type', '0800', 'eth.type: no hexadecimal number'],
    ['eth.type', '0x10000', 'eth.type: more than 0xffff'],
    ['ip.version', '5', 'ip.version: neither 4 nor 6'],
    ['ip.src', '1.2.3.4', 'ip.src: an address without ip.version'],
    ['arp.dst', '1.2.3.4', 'arp.dst: an address without arp.opcode'],
    ['srcport', '65536', 'srcport: more than 65535'],
    ['srcport', '99999999999999999999999', 'srcport: more than 65535'],
    ['tcp.option_kinds', '2-4-', 'tcp.option_kinds: no list of option kinds'],
    ['tcp.option_kinds', '256', 'tcp.option_kinds: no list of option kinds'],
    ['payload.entropy', '8.5', 'payload.entropy: more than 8'],
    ['payload.printable', 'high', 'payload.printable: no number'],
    ['dns.qry.name', 'na\x01me', 'dns.qry.name: text that is not printable ASCII'],
    ['dns.qry.name', '"open', 'dns.qry.name: quote is not closed'],
    ['dns.qry.name', 'x'.repeat(1025), 'dns.qry.name: text too long'],
    ['srcport', '"4"3', 'srcport: quote is not closed'],
    ['stop', 'broken', 'stop: no reason:layer'],
    ['stop', 'truncated:tcp,1', 'more cells than columns'],
  ])('refuses a cell: %s = %j', (column, text, message) => {
    expect(() => read(row({ [column]: text }))).toThrow(message);
  });

  it('takes whole numbers as data frames write them beside empty cells', () => {
    const cells = {
      'frame.len': '74.0',
      'ip.proto': '6.0',
      srcport: '443.00',
      dstport: '"0.0"',
      'tcp.option_kinds': '5.0',
    };
    const record = read(row(cells));
    expect([record.frameLen, record.ipProto, record.srcport, record.dstport]).toEqual([74, 6, 443, 0]);
    expect([record.tcpOptionCount, record.tcpOptionKinds[0]]).toEqual([1, 5]);
    expect(read(row({ stop: 'truncated:tcp', 'tls.sni': 'a', 'dns.flags.rcode': '0.0' })).dnsRcode).toBe(0);
    for (const text of ['443.5', '443.', '.0', '4.0.0', '65536.0'])
      expect(() => read(row({ srcport: text })), text).toThrow('srcport: ');
  });

  it('names the first missing cell of a short row', () => {
    expect(() => read('1.5,60,60,')).toThrow('eth.dst: missing');
  });

  it('needs an address where there is a version', () => {
    expect(() => read(row({ 'ip.version': '4', 'ip.dst': '1.2.3.4' }))).toThrow('ip.src: no IPv4 address');
    expect(() => read(row({ 'ip.version': '6', 'ip.src': '::1', 'ip.dst': '1.2.3.4' }))).toThrow(
      'ip.dst: no IPv6 address',
    );
  });
});

describe('a header line', () => {
  it.each([
    ['as written', HEADER],
    ['with a byte order mark and CRLF', `\ufeff${HEADER}\r`],
    ['quoted', HEADER.replaceAll(/[^,]+/g, '"$&"')],
  ])('is accepted: %s', (_, line) => {
    expect(headerFault(line)).toBeUndefined();
  });

  it.each([
    ['a missing column', HEADER.replace('vlan.id,', ''), 'column vlan.id is missing'],
    ['an unknown column', `${HEADER},colour`, 'column "colour" is not of version 2'],
    ['tabs', HEADER.replaceAll(',', '\t'), 'cells are separated by tabs'],
    ['semicolons of a spreadsheet', `\ufeff"${HEADER.replaceAll(',', '";"')}"\r`, 'cells are separated by semicolons'],
    ['other columns and tabs', 'frame.time_epoch\tframe.len\tip.src', 'cells are separated by tabs'],
    ['another character', HEADER.replaceAll(',', '~'), 'cells are separated by "~"'],
    ['another order', HEADER.replace('srcport,dstport', 'dstport,srcport'), 'another order'],
  ])('is refused: %s', (_, line, message) => {
    expect(headerFault(line)).toContain(message);
  });
});
