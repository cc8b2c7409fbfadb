/**
 * The live page's second script: asks for what has changed and puts it in place, so that scroll, open incidents, search,
 * filters, keyboard focus and selected text stay as they are. Its hash stands in the page's security policy.
 */
export const LIVE_SCRIPT = `'use strict';
(() => {
  const main = document.getElementById('main');
  const list = document.querySelector('.list');
  const pill = document.getElementById('live');
  const { run } = main.dataset;
  let version = Number(main.dataset.version);
  let ended = false;
  let lostAt = 0;
  let timer = 0;
  let asking = false;
  const pending = new Map();
  let order;
  const say = (state, text) => {
    pill.dataset.state = state;
    const words = pill.querySelector('span');
    if (words.textContent !== text) words.textContent = text;
  };
  const clock = (ms) => new Date(ms).toISOString().slice(11, 19) + ' UTC';
  const parse = (text) => {
    const template = document.createElement('template');
    template.innerHTML = text;
    return template.content;
  };
  const selected = (node) => {
    const selection = getSelection();
    return selection && !selection.isCollapsed && selection.containsNode(node, true);
  };
  const setPart = (name, text) => {
    const part = document.querySelector('[data-part="' + name + '"]');
    if (!part) return true;
    if (selected(part)) return false;
    const fresh = parse(text);
    for (const box of part.querySelectorAll('input')) {
      const same = fresh.querySelector('input[value="' + box.value + '"]');
      if (same) same.checked = box.checked;
    }
    const focus = part.contains(document.activeElement) ? document.activeElement.value : undefined;
    const scrolled = [...part.querySelectorAll('.scroll')].map((box) => box.scrollLeft);
    part.replaceChildren(fresh);
    part.querySelectorAll('.scroll').forEach((box, k) => {
      box.scrollLeft = scrolled[k] || 0;
    });
    if (focus !== undefined) {
      const box = part.querySelector('input[value="' + focus + '"]');
      if (box) box.focus({ preventScroll: true });
    }
    return true;
  };
  const setItem = (id, text) => {
    const old = document.getElementById('incident-' + id);
    if (old && selected(old)) return false;
    const fresh = parse(text).firstElementChild;
    if (!old) {
      fresh.classList.add('fresh');
      list.append(fresh);
      return true;
    }
    fresh.open = old.open;
    const more = [...old.querySelectorAll('details')].map((part) => part.open);
    fresh.querySelectorAll('details').forEach((part, k) => {
      part.open = more[k] || false;
    });
    fresh.hidden = old.hidden;
    const focused = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (focused) fresh.querySelector('summary').focus({ preventScroll: true });
    return true;
  };
  const arrange = () => {
    const wanted = new Set(order.map((id) => 'incident-' + id));
    for (const item of [...list.children]) if (!wanted.has(item.id)) item.remove();
    const focused = document.activeElement;
    order.forEach((id, k) => {
      const item = document.getElementById('incident-' + id);
      const here = list.children[k];
      if (item && item !== here) list.insertBefore(item, here || null);
    });
    if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  };
  const place = () => {
    if (scrollY < 2) return undefined;
    const at = document.elementFromPoint(innerWidth / 2, 2);
    const item = at && at.closest('.incident');
    const part = at && at.closest('[data-part]');
    const find = item
      ? () => document.getElementById(item.id)
      : part && (() => document.querySelector('[data-part="' + part.dataset.part + '"]'));
    const node = find && find();
    return node && { find, top: node.getBoundingClientRect().top };
  };
  const put = (state) => {
    for (const [name, text] of Object.entries(state.parts)) pending.set('p' + name, text);
    for (const [id, text] of Object.entries(state.items)) pending.set('i' + id, text);
    if (state.order) order = state.order;
    const before = place();
    for (const [key, text] of pending) {
      const done = key[0] === 'p' ? setPart(key.slice(1), text) : setItem(key.slice(1), text);
      if (done) pending.delete(key);
    }
    if (state.order) arrange();
    if (document.title !== state.title) document.title = state.title;
    const node = before && before.find();
    const moved = node ? node.getBoundingClientRect().top - before.top : 0;
    if (Math.abs(moved) > 0.5) scrollBy({ top: moved, behavior: 'instant' });
  };
  const next = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(ask, ms);
  };
  const ask = async () => {
    // a page that nobody looks at asks again when somebody does
    if (document.hidden || asking) return;
    asking = true;
    try {
      const answer = await fetch('live?since=' + version, { cache: 'no-store', signal: AbortSignal.timeout(60000) });
      if (answer.status === 401) {
        say('lost', 'The token was changed: use a new login link');
        return next(15000);
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const state = await answer.json();
      if (state.run !== run) return location.reload();
      lostAt = 0;
      put(state);
      version = state.version;
      ended = state.ended;
      say(ended ? 'ended' : 'live', (ended ? 'The run has ended, ' : 'Live, as of ') + clock(state.atMs));
      // the answer waits until there is one to give
      next(ended ? 15000 : 0);
    } catch {
      if (!ended) {
        lostAt = lostAt || Date.now();
        say('lost', 'No answer since ' + clock(lostAt) + '; asking again');
      }
      next(ended ? 15000 : 3000);
    } finally {
      asking = false;
    }
  };
  document.addEventListener('visibilitychange', () => next(0));
  pill.hidden = false;
  next(0);
})();`;
