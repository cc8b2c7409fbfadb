/** The report's only script: search, filters and keys over the incident list, which may change, and copying. Its hash stands in the page's security policy. */
export const SCRIPT = `'use strict';
(() => {
  const list = document.querySelector('.list');
  const form = document.querySelector('form.tools');
  if (!list || !form) return;
  const items = () => [...list.children];
  const search = form.querySelector('#search');
  const found = form.querySelector('#found');
  const nothing = document.querySelector('#nothing');
  const texts = new WeakMap();
  let queued = 0;
  form.hidden = false;
  document.querySelector('.hint').hidden = false;
  const apply = () => {
    queued = 0;
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const textOf = (item) => {
      if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
      return texts.get(item);
    };
    const off = new Set([...form.querySelectorAll('input[type=checkbox]:not(:checked)')].map((box) => box.value));
    const all = items();
    let shown = 0;
    for (const item of all) {
      const show = !off.has(item.dataset.severity) && words.every((word) => textOf(item).includes(word));
      if (item.hidden === show) item.hidden = !show;
      if (show) shown++;
    }
    const noun = all.length === 1 ? ' incident' : ' incidents';
    const told = (n) => n.toLocaleString('en-US');
    found.textContent = (shown === all.length ? told(shown) : told(shown) + ' of ' + told(all.length)) + noun;
    nothing.hidden = shown > 0 || all.length === 0;
    if (nothing.hidden) return;
    const among = off.size > 0 ? ' among the severities that are ticked' : '';
    nothing.textContent = words.length > 0 ? 'No incident has “' + search.value.trim() + '” in it' + among + '.' : 'No severity is ticked.';
  };
  const later = () => {
    if (!queued) queued = requestAnimationFrame(apply);
  };
  new MutationObserver(later).observe(list, { childList: true });
  search.addEventListener('input', later);
  form.addEventListener('change', later);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    move(1);
  });
  const move = (step) => {
    const all = items();
    const current = all.indexOf(document.activeElement && document.activeElement.closest('.incident'));
    let next = current === -1 ? (step > 0 ? 0 : all.length - 1) : current + step;
    while (all[next] && all[next].hidden) next += step;
    if (!all[next]) return;
    const summary = all[next].querySelector('summary');
    summary.focus();
    summary.scrollIntoView({ block: 'nearest' });
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target instanceof HTMLInputElement && event.target.type === 'search';
    if (event.key === 'Escape' && (typing || search.value)) {
      search.value = '';
      apply();
      search.blur();
    } else if (typing) {
      if (event.key === 'ArrowDown') {
        event.preventDefault();
        search.blur();
        move(1);
      }
    } else if (event.key === '/') {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === 'j' || event.key === 'k') {
      event.preventDefault();
      move(event.key === 'j' ? 1 : -1);
    }
  });
  const follow = () => {
    const target = /^#incident-\\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!target) return;
    target.hidden = false;
    target.open = true;
    target.scrollIntoView({ block: 'start' });
    target.querySelector('summary').focus({ preventScroll: true });
  };
  addEventListener('hashchange', follow);
  follow();
  const copy = async (code, button) => {
    let said = 'copied';
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      said = 'selected';
    }
    button.dataset.state = said;
    button.setAttribute('aria-label', said === 'copied' ? 'Copied' : 'Selected: copy it with Ctrl and C');
    setTimeout(() => {
      delete button.dataset.state;
      button.setAttribute('aria-label', button.title);
    }, 4000);
  };
  const equip = (item) => {
    for (const code of item.querySelectorAll('dd > code:only-child')) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'copy';
      button.title = code.parentElement.previousElementSibling.textContent === 'See' ? 'Copy the command' : 'Copy the entry';
      button.setAttribute('aria-label', button.title);
      button.addEventListener('click', () => copy(code, button));
      code.after(button);
    }
  };
  list.addEventListener('toggle', (event) => equip(event.target), true);
  for (const item of items()) if (item.open) equip(item);
  let opened = [];
  addEventListener('beforeprint', () => {
    const more = [...document.querySelectorAll('details.more')].filter((item) => !item.open);
    opened = [...items().filter((item) => !item.open && !item.hidden).slice(0, 200), ...more];
    for (const item of opened) item.open = true;
  });
  addEventListener('afterprint', () => {
    for (const item of opened) item.open = false;
  });
})();`;
