/** Mattermost's incoming webhook, with an attachment: https://developers.mattermost.com/integrate/reference/message-attachments */
import { COLORS, headline, JSON_HEADERS, type Message, type News, newsFacts } from './news.js';

/** What Markdown acts upon; @ would call people, so it is not left an @. */
const plain = (text: string): string => text.replaceAll('@', '＠').replace(/[\\`*_{}[\]()>#+!|~-]/g, '\\$&');

export function mattermostMessage(news: News): Message {
  const title = headline(news);
  const fields = newsFacts(news).map(([name, text]) => ({ title: name, value: plain(text), short: false }));
  // the fallback is shown as it is
  const fallback = title.replaceAll('@', '＠');
  const attachment = { fallback, color: COLORS[news.incident.severity], title: plain(title), fields };
  return { headers: JSON_HEADERS, body: JSON.stringify({ attachments: [attachment] }) };
}
