/**
 * Microsoft Teams, by a workflow "When a Teams webhook request is received", which takes Adaptive Cards only
 * (https://adaptivecards.io/explorer/): a message of 28 KB at most. Text is in text runs, for a text block would read Markdown.
 */
import type { Severity } from '../../detect/incident.js';
import { headline, JSON_HEADERS, type Message, type News, newsLines } from './news.js';

const CARD = 'application/vnd.microsoft.card.adaptive';
const COLOR: Readonly<Record<Severity, string>> = {
  high: 'Attention',
  medium: 'Warning',
  low: 'Accent',
  notice: 'Default',
};

const run = (text: string, more: object = {}) => ({ type: 'TextRun', text, ...more });
const line = (...inlines: object[]) => ({ type: 'RichTextBlock', inlines });

export function teamsMessage(news: News): Message {
  const title = headline(news);
  const head = line(run(title, { weight: 'Bolder', size: 'Medium', color: COLOR[news.incident.severity] }));
  const lines = newsLines(news).map(([name, text]) => ({
    ...line(run(`${name}  `, { weight: 'Bolder' }), run(text)),
    spacing: 'Small',
  }));
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    // rich text came with 1.2
    version: '1.2',
    fallbackText: title,
    body: [head, ...lines],
    msteams: { width: 'Full' },
  };
  const body = { type: 'message', attachments: [{ contentType: CARD, contentUrl: null, content }] };
  return { headers: JSON_HEADERS, body: JSON.stringify(body) };
}
