/** Markup built so that text cannot become markup: every value put into a template is escaped unless it is markup itself. */

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that is markup already. Made by `html` only, and by `trusted` for what this program drew itself. */
export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

type Value = string | number | Markup | readonly Value[];

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ENTITIES[c]);
}

function piece(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(piece).join('');
  return escapeHtml(String(value));
}

/** Template tag; for attributes too, where these stand in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  let text = strings[0];
  values.forEach((value, i) => {
    text += piece(value) + strings[i + 1];
  });
  return new Markup(text);
}

/** Vouches for markup that holds no text from outside, or only escaped text. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

export const NOTHING = new Markup('');
