/** Elements whose text and ground have a ratio under 4.5 (WCAG 2.2, 1.4.3), each kind once; run in a page, as text. */
export const LOW_CONTRAST = `(() => {
  const channel = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0.99) return color;
    }
    return [255, 255, 255];
  };
  const bad = new Set();
  const words = 'h1,h2,h3,p,a,b,i,code,pre,kbd,button,dt,dd,td,th,li,summary,summary span,li span,label,output,small,caption,figcaption,svg text';
  for (const element of document.querySelectorAll(words)) {
    if (element.getClientRects().length === 0 || element.matches('svg a')) continue;
    const style = getComputedStyle(element);
    const ink = parse(element instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.add(element.tagName + '.' + element.getAttribute('class') + ': ' + ratio.toFixed(2));
  }
  return [...bad];
})()`;
