/**
 * Slack's incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. Everything is plain
 * text but `text`, which clients show in notifications: there &, < and > begin a mention or a link.
 */
import { cut, headline, JSON_HEADERS, type Message, type News, newsFacts } from './news.js';

/** Characters of a header block and of a section. */
const HEADER = 150;
const SECTION = 3000;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });

export function slackMessage(news: News): Message {
  const title = headline(news);
  const facts = newsFacts(news).map(([name, text]) => plain(cut(`${name}: ${text}`, SECTION)));
  const blocks = [
    { type: 'header', text: plain(cut(title, HEADER)) },
    // a section each: fields of one section stand in two columns, which long lines do not fit
    ...facts.map((text) => ({ type: 'section', text })),
  ];
  const body = { text: escaped(title), blocks, unfurl_links: false, unfurl_media: false };
  return { headers: JSON_HEADERS, body: JSON.stringify(body) };
}
