"""The hosted page's style sheet, sent inside the page. It looks like a provider's page, not like the shop's."""

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark;
  --page: light-dark(#f3f4f8, #10131b); --surface: light-dark(#fff, #1a1f2b);
  --text: light-dark(#1a2030, #eceff6); --muted: light-dark(#525c72, #aab3c6);
  --line: light-dark(#d9dde7, #313848); --control: light-dark(#79839a, #77829b);
  --action: light-dark(#2f3f8f, #a9b6f5); --on-action: light-dark(#fff, #12173a);
  --chosen: light-dark(#eef0fb, #232a4a);
  --warn: light-dark(#ffe39a, #3d3108); --on-warn: light-dark(#2b2000, #ffe9a8);
  --bad: light-dark(#a8201a, #ff9c92); --bad-tint: light-dark(#fbe2de, #471b18); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font-synthesis: none;
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "PingFang SC", "HarmonyOS Sans SC", MiSans, "Noto Sans CJK SC",
  "Microsoft YaHei", sans-serif; font-variant-numeric: tabular-nums; }
p, h1, ul, dl, dd { margin: 0; }
.banner { display: flex; gap: 1rem; justify-content: space-between; align-items: center; padding: .5rem 1rem;
  background: var(--warn); color: var(--on-warn); font-size: .875rem; }
.banner strong { margin-inline-end: .5rem; }
.banner a { color: inherit; white-space: nowrap; padding: .625rem 0; }
main { max-width: 60rem; margin-inline: auto; display: grid; gap: 1.25rem; padding: 1.25rem 1rem 2.5rem; }
.muted, .deadline { color: var(--muted); }
.summary b { color: var(--text); }
.amount { font-size: 2.5rem; font-weight: 700; line-height: 1.25; }
.summary dl { display: flex; gap: .5rem; font-size: .875rem; }
.summary dt { color: var(--muted); }
.summary dd { font-weight: 700; overflow-wrap: anywhere; }
.summary ul { list-style: none; padding: .75rem 0; margin-block: .75rem; border-block: 1px solid var(--line); }
.summary li { display: grid; gap: .125rem; overflow-wrap: anywhere; }
.summary li span { font-size: .875rem; color: var(--muted); }
.summary i { font-style: normal; }
.deadline { font-size: .875rem; }
.panel { background: var(--surface); border-radius: .75rem; padding: 1.25rem 1rem; display: grid; gap: .75rem; }
h1 { font-size: 1.25rem; line-height: 1.3; display: flex; align-items: center; gap: .625rem; }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; display: grid; gap: .5rem; }
legend, summary { padding: 0; margin-block: .5rem; font-size: .875rem; font-weight: 700; color: var(--muted); }
summary { padding-block: .75rem; margin: 0; cursor: pointer; }
.choice { display: flex; align-items: center; gap: .75rem; min-height: 3.5rem; padding: .5rem .75rem;
  border: 1px solid var(--control); border-radius: .5rem; cursor: pointer; }
.choice:has(:checked) { background: var(--chosen); border-color: var(--action);
  box-shadow: inset 0 0 0 2px var(--action); }
.choice input { accent-color: var(--action); inline-size: 1.25rem; block-size: 1.25rem; margin: 0; flex: none; }
.choice > span:last-child { display: grid; min-width: 0; }
.choice small { font-size: .875rem; color: var(--muted); }
.number { white-space: nowrap; }
.mark { flex: none; inline-size: 2rem; block-size: 2rem; border-radius: .375rem; display: grid; place-items: center;
  font-size: 1rem; font-weight: 700; background: #dfe3f1; color: #2f3f8f; }
.mark-alipay { background: #1463c4; color: #fff; }
.mark-wechat_pay { background: #0b7a3b; color: #fff; }
button, a.primary, a.quiet { font: inherit; font-weight: 700; min-height: 3rem; border-radius: .5rem; cursor: pointer;
  display: grid; place-items: center; text-align: center; text-decoration: none; padding: .5rem 1rem; }
form > .primary { position: sticky; inset-block-end: .75rem; z-index: 1;
  box-shadow: 0 .75rem 0 var(--surface), 0 -.5rem 0 var(--surface); }
.primary { background: var(--action); color: var(--on-action); border: 0; margin-block-start: .5rem; }
.outline { background: none; color: var(--text); border: 1px solid var(--control); }
.quiet { color: var(--action); }
.problem { background: var(--bad-tint); color: var(--bad); border-radius: .5rem; padding: .75rem; font-weight: 700; }
.end { max-width: 28rem; margin-inline: auto; inline-size: 100%; text-align: center; }
.end h1 { justify-content: center; }
:focus-visible { outline: 3px solid var(--text); outline-offset: 2px; }
@media (min-width: 54rem) {
  main:not(:has(.end)) { grid-template-columns: minmax(16rem, 22rem) minmax(24rem, 30rem); gap: 3rem;
    justify-content: center; padding-block-start: 3rem; }
  .panel { padding: 1.75rem; }
}
"""

STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
