/** ntfy: https://docs.ntfy.sh/publish/. The body is the message, at most 4,096 bytes; what more there is comes in headers. */
import type { Severity } from '../../detect/incident.js';
import { headline, type Message, type News, newsLines } from './news.js';

/** A longer body would become a file to download. */
const BYTES = 4096;
const PRIORITY: Readonly<Record<Severity, string>> = { high: '5', medium: '4', low: '3', notice: '2' };
/** Names of emoji come as emoji, others as words. */
const SIGN: Readonly<Record<Severity, string>> = {
  high: 'rotating_light',
  medium: 'warning',
  low: 'information_source',
  notice: 'new',
};
const PRINTABLE_ASCII = /^[ -~]*$/;
/** Bytes of text in one encoded word of at most 75 characters. */
const WORD = 45;

/** A header's text: ASCII as it is, else in encoded words (RFC 2047). */
function headerText(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  const words: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const word = firstBytes(rest, WORD);
    words.push(`=?UTF-8?B?${base64(word)}?=`);
    rest = rest.slice(word.length);
  }
  return words.join(' ');
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** The beginning of `text` in whole characters of at most `limit` bytes. */
function firstBytes(text: string, limit: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(limit));
  return text.slice(0, read);
}

export function ntfyMessage(news: News): Message {
  const { severity, kind } = news.incident;
  const text = newsLines(news)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    title: headerText(headline(news)),
    priority: PRIORITY[severity],
    tags: headerText(`${SIGN[severity]},${kind.replaceAll(',', ' ')}`),
  };
  return { headers, body: firstBytes(text, BYTES) };
}
