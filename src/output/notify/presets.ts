/** The one table of receivers: what each is sent, and how it wants to be treated. */
import { mattermostMessage } from '../../report/notify/mattermost.js';
import type { Message, News } from '../../report/notify/news.js';
import { ntfyMessage } from '../../report/notify/ntfy.js';
import { slackMessage } from '../../report/notify/slack.js';
import { teamsMessage } from '../../report/notify/teams.js';

interface Preset {
  /** the address alone lets anybody post */
  readonly secret: boolean;
  /** hears that an incident is over too; people who read along do not want to be called for that */
  readonly closing: boolean;
  /** ms between two posts: chats take one a second (docs.slack.dev, rate limits) */
  readonly pauseMs: number;
  /** where it needs no more than the news */
  readonly message?: (news: News) => Message;
}

const CHAT_PAUSE_MS = 1000;
/** So that a flood of incidents costs detection little. */
const PAUSE_MS = 100;

export const PRESETS = {
  webhook: { secret: false, closing: true, pauseMs: PAUSE_MS },
  slack: { secret: true, closing: false, pauseMs: CHAT_PAUSE_MS, message: slackMessage },
  mattermost: { secret: true, closing: false, pauseMs: CHAT_PAUSE_MS, message: mattermostMessage },
  teams: { secret: true, closing: false, pauseMs: CHAT_PAUSE_MS, message: teamsMessage },
  ntfy: { secret: false, closing: false, pauseMs: CHAT_PAUSE_MS, message: ntfyMessage },
  alertmanager: { secret: false, closing: true, pauseMs: PAUSE_MS },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[];
