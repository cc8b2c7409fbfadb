/** The page's only style sheet: light, dark and paper. Its hash stands in the page's security policy. */

const LIGHT = `--page:#f4f6f8;--card:#fff;--ink:#16202b;--soft:#536170;--line:#dbe1e8;--accent:#0b6aa8;--wash:#eef3f8;--high:#b3261e;--high-wash:#fdeceb;--medium:#8a5200;--medium-wash:#fff2dd;--low:#1a6680;--low-wash:#e3f3f8;--notice:#536170;--notice-wash:#edf0f3`;
const DARK = `--page:#0e141a;--card:#161e27;--ink:#e7ecf1;--soft:#a0adba;--line:#2b3743;--accent:#6cb8ec;--wash:#1d2833;--high:#ff9a91;--high-wash:#3c1b1a;--medium:#ffc061;--medium-wash:#382a12;--low:#7fd0e8;--low-wash:#15313b;--notice:#a0adba;--notice-wash:#232d37`;

export const PAGE_CSS = `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Ubuntu,Cantarell,sans-serif}
code,pre,kbd,.id{font-family:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
.away{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-999px}.skip:focus{left:12px;top:12px;background:var(--card);padding:8px 12px;z-index:2}
.wrap{max-width:1180px;margin:0 auto;padding:0 20px}
header{background:var(--card);border-bottom:1px solid var(--line);padding:28px 0 22px}
.eyebrow span{overflow-wrap:anywhere}.eyebrow{display:flex;flex-wrap:wrap;gap:4px 12px;justify-content:space-between;margin:0 0 6px;color:var(--soft);font-size:13px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;letter-spacing:-.01em;text-wrap:balance}
.where{margin:0;color:var(--soft);overflow-wrap:anywhere;display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden}
h2{font-size:17px;margin:34px 0 10px}
h3{font-size:14px;margin:0 0 10px;color:var(--soft);font-weight:600}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:18px 0 0;padding:0}
.tile{background:var(--wash);border-radius:10px;padding:10px 14px;min-width:0}
.tile dt{color:var(--soft);font-size:12.5px}.tile dd{margin:0;font-size:20px;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}.tile small{display:block;font-size:12.5px;font-weight:400;color:var(--soft)}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px;min-width:0}
.none{color:var(--soft);margin:0 0 6px}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:14px;align-items:start}.grid+.card{margin-top:14px}.card svg.plot{width:100%;max-width:540px}
details.more>summary{color:var(--accent);padding:8px 0 2px}
ul.plain{margin:0;padding-left:20px}ul.plain li{margin:4px 0;overflow-wrap:anywhere}#next li:first-child{font-weight:600}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:6px 0 0;padding:0;list-style:none;color:var(--soft);font-size:13px}
.legend svg{width:22px;height:10px;vertical-align:-1px;margin-right:5px}
svg.timeline{display:block;width:100%;height:auto}svg.timeline text{font-size:12px;fill:var(--soft)}svg.timeline.narrow{display:none}
.end{text-anchor:end}.mid{text-anchor:middle}.rule{stroke:var(--line);fill:none}.gap{opacity:.75}.hatch{fill:var(--soft)}
.volume{stroke:var(--soft);opacity:.7}.mean,.max,.threshold{fill:none;stroke-linejoin:round;stroke-linecap:round}.threshold{stroke-linecap:butt}.mean{stroke:var(--plot-1);opacity:.75;stroke-width:1.5}.max{stroke:var(--plot-1);stroke-width:2}.max.above{stroke:var(--high)}
.threshold{stroke:var(--high);stroke-width:1.5;stroke-dasharray:7 4}svg.timeline .threshold-label{fill:var(--high);paint-order:stroke;stroke:var(--card);stroke-width:4px}
rect.sev-high{fill:var(--high)}rect.sev-medium{fill:var(--medium)}rect.sev-low{fill:var(--low)}rect.sev-notice{fill:var(--notice)}a:hover rect.bar{opacity:.7}.bars a:focus-visible{outline:none}.bars a:focus-visible rect{stroke:var(--ink);stroke-width:2}
.tools{display:flex;flex-wrap:wrap;gap:10px 18px;align-items:center;margin:0 0 4px}.tools[hidden]{display:none}
.search{position:relative;flex:1 1 260px;max-width:420px}.search input{width:100%;font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:9px;padding:8px 34px 8px 12px}.search kbd{position:absolute;right:9px;top:9px}
kbd{font-size:12px;border:1px solid var(--line);border-radius:4px;padding:0 5px;background:var(--wash);color:var(--soft)}
fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:6px 14px}fieldset label{display:inline-flex;align-items:center;gap:5px}input[type=checkbox]{accent-color:var(--accent)}
output{color:var(--soft);margin-left:auto}.hint{color:var(--soft);font-size:13px;margin:0 0 10px}
.badge{display:inline-block;border-radius:6px;padding:1px 8px;font-size:12.5px;font-weight:600;white-space:nowrap}
.badge.sev-high{color:var(--high);background:var(--high-wash)}.badge.sev-medium{color:var(--medium);background:var(--medium-wash)}.badge.sev-low{color:var(--low);background:var(--low-wash)}.badge.sev-notice{color:var(--notice);background:var(--notice-wash)}
.incident{background:var(--card);border:1px solid var(--line);border-left-width:4px;border-radius:10px;margin:0 0 8px;overflow:clip}.many .incident{content-visibility:auto;contain-intrinsic-size:auto 46px}
.many .incident[open]{content-visibility:visible}.incident[hidden]{display:none}.incident.sev-high{border-left-color:var(--high)}.incident.sev-medium{border-left-color:var(--medium)}.incident.sev-low{border-left-color:var(--low)}.incident.sev-notice{border-left-color:var(--notice)}
.incident:target{box-shadow:0 0 0 2px var(--accent)}
summary{cursor:pointer}.incident>summary{display:grid;grid-template-columns:92px minmax(44px,auto) minmax(0,1fr) auto 132px;gap:10px;align-items:baseline;padding:10px 14px;list-style:none}
.incident>summary::-webkit-details-marker{display:none}.title{position:relative;padding-left:1.1em}.title::before{content:"▸";position:absolute;left:0;color:var(--soft);font-weight:400}.incident[open] .title::before{content:"▾"}.incident>summary:hover{background:var(--wash)}.incident>summary:focus-visible{outline-offset:-3px}
.id{color:var(--soft);font-size:13px}.title{font-weight:600;overflow-wrap:anywhere}.when,.size{color:var(--soft);font-variant-numeric:tabular-nums;font-size:13.5px;text-align:right}.size{white-space:nowrap}.size::after{content:" $NOUNs"}.size.one::after{content:" $NOUN"}
.body{border-top:1px solid var(--line);padding:14px 16px 16px}
.incident pre{margin:0;border-top:1px solid var(--line);padding:12px 16px 8px;overflow-x:auto;font-size:12.5px;white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:14px}caption{text-align:left;color:var(--soft);font-size:13px;padding-bottom:6px}
th,td{text-align:left;padding:6px 10px 6px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}th{font-weight:600;color:var(--soft);font-size:12.5px}tbody tr:last-child td{border-bottom:0}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td small{display:block;color:var(--soft)}
.share{width:150px;white-space:nowrap}.talkers{table-layout:fixed}.talkers .share{width:auto}.talkers th:nth-child(n+3){width:82px}.evidence{color:var(--soft)}.share .evidence{margin-left:0}.share span{font-variant-numeric:tabular-nums;margin-left:8px}
.meter{width:84px;height:9px;border-radius:3px;vertical-align:baseline}.meter .track{fill:var(--wash)}.meter .fill{fill:var(--plot-1)}
.reasons{margin-bottom:14px}.incident pre+dl{padding:0 16px 14px}
dl{margin:0}.incident dl,.facts div{display:grid;grid-template-columns:118px minmax(0,1fr);gap:5px 12px}.facts div{grid-template-columns:138px minmax(0,1fr);padding:0 0 5px;break-inside:avoid}.facts.two{columns:2;column-gap:36px}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
dd:has(>.copy){display:grid;grid-template-columns:minmax(0,1fr) auto;gap:8px;align-items:start}dd code{display:block;white-space:pre-wrap;background:var(--wash);border-radius:7px;padding:7px 10px;font-size:12.5px;user-select:all}
.copy{font:inherit;font-size:12.5px;color:var(--accent);background:var(--card);border:1px solid var(--line);border-radius:7px;padding:5px 10px;min-width:84px;cursor:pointer}.copy:hover{background:var(--wash)}.copy::before{content:"Copy"}.copy[data-state=copied]::before{content:"Copied"}.copy[data-state=selected]::before{content:"Selected"}
.scroll{overflow-x:auto}.scroll td,.scroll th{white-space:nowrap}.scroll td:first-child{white-space:normal;min-width:130px}
.card .facts+.scroll,.card svg.plot+.facts,.card .facts+svg.plot{margin-top:14px}
footer.wrap{margin:36px auto 28px;color:var(--soft);font-size:13px}
@media screen and (max-width:760px){.wrap{padding:0 14px}.grid{grid-template-columns:minmax(0,1fr)}h1{font-size:21px}svg.timeline.wide{display:none}svg.timeline.narrow{display:block}
.incident>summary{grid-template-columns:auto auto 1fr;gap:4px 8px}.title{grid-column:1/-1;grid-row:2}.facts.two{columns:1}.when{justify-self:end}.size{display:none}
.incident dl,.facts div{grid-template-columns:minmax(0,1fr);gap:0}.incident dd{margin-bottom:8px}.share{width:auto}dd:has(>.copy){grid-template-columns:minmax(0,1fr);justify-items:start}dd code{width:100%}.share .meter{width:44px}.hint{display:none}output{margin-left:0}.card{padding:14px}
.reasons tr{display:grid;border-bottom:1px solid var(--line);padding:6px 0}.reasons td{border:0;padding:2px 0}.talkers td,.talkers th{padding-right:6px}.talkers th:nth-child(n+3){width:62px}}
@media print{:root{color-scheme:light;${LIGHT}}body{background:#fff;font-size:11px}.tools,.hint,.skip,.copy{display:none!important}.card,.incident{break-inside:avoid;content-visibility:visible}header{padding-top:0}.tile{border:1px solid var(--line)}a{color:inherit;text-decoration:none}}
@media (forced-colors:active){.meter .fill,rect.bar{fill:CanvasText}.badge{border:1px solid}}`;
