import type { Response } from 'express';

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup that is safe to place in a page as it stands. */
export type Html = { readonly markup: string };

const markupOf = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(markupOf).join('');
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'object' && 'markup' in value) return String(value.markup);
  return String(value).replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
};

/** A template whose values are escaped, except what is Html already; arrays are joined, false is nothing. */
export const html = (strings: TemplateStringsArray, ...values: unknown[]): Html => ({
  markup: strings.reduce((text, part, i) => text + markupOf(values[i - 1]) + part),
});

/** For markup made by our own code, such as a drawn picture. */
export const raw = (markup: string): Html => ({ markup });

/** 150000 → "Rp150.000". */
export const rupiah = (amount: number): string => `Rp${amount.toLocaleString('id-ID')}`;

const WIB = new Intl.DateTimeFormat('id-ID', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'Asia/Jakarta',
});

/** "9 Jan 2020, 18.27 WIB". */
export const wib = (ms: number): string => `${WIB.format(ms)} WIB`;

const STYLE = `
:root{color-scheme:light dark;--ground:#F7F4EE;--card:#fff;--text:#14213D;--quiet:#565E6C;--line:#DDD8CC;
--ember:#B83B12;--on-ember:#fff;--lake:#0B6B63;--alarm:#B3261E;--soft:#EFEAE0}
@media (prefers-color-scheme:dark){:root{--ground:#14213D;--card:#1C2B4F;--text:#F7F4EE;--quiet:#9FB0CC;
--line:#33456F;--ember:#F08A5D;--on-ember:#14213D;--lake:#6FD3C8;--alarm:#FFB4A9;--soft:#243559}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 "Plus Jakarta Sans",system-ui,sans-serif;
font-variant-numeric:tabular-nums}
.tape{background:repeating-linear-gradient(135deg,#F2A541 0 14px,#14213D 14px 28px);height:10px}
.sign{background:#F2A541;color:#14213D;text-align:center;padding:10px 16px;font-weight:700}
.sign small{display:block;font-weight:500}
main{max-width:440px;margin:0 auto;padding:16px}
main.wide{max-width:1040px}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:24px;margin:8px 0}
h1{font-size:20px;line-height:1.3;margin:0 0 8px}
h2{font-size:16px;margin:0 0 8px}
p{margin:0 0 8px}
.quiet{color:var(--quiet);font-size:14px}
.money{font-size:39px;line-height:1.2;font-weight:800;margin:8px 0}
.number{font-size:25px;font-weight:700;letter-spacing:.04em;overflow-wrap:anywhere;margin:4px 0}
.face{background:var(--soft);border-radius:14px;padding:16px;text-align:center}
.face svg{display:block;width:min(240px,100%);margin:0 auto 8px;border-radius:8px}
form{display:grid;grid-template-columns:1fr 1fr;gap:8px;margin-top:16px}
form>*{grid-column:1/-1}
label{font-weight:600}
select,button,.button{font:inherit;min-height:48px;border-radius:999px;border:1px solid var(--line);padding:8px 20px;
background:var(--card);color:var(--text);width:100%}
button,.button{font-weight:700;cursor:pointer;text-align:center;text-decoration:none;display:block}
button:focus-visible,select:focus-visible,a:focus-visible{outline:3px solid #F2A541;outline-offset:2px}
.main{background:var(--ember);border-color:var(--ember);color:var(--on-ember)}
form .half{grid-column:auto}
.good{color:var(--lake)}.bad{color:var(--alarm)}
.status{font-size:25px;font-weight:800;margin:0 0 8px}
table{width:100%;border-collapse:collapse;font-size:14px}
th,td{text-align:left;padding:8px;border-bottom:1px solid var(--line);white-space:nowrap}
td.right,th.right{text-align:right}
.scroll{overflow-x:auto}
a{color:inherit}
code{font-size:13px}
`;

/** Sends a page under the simulator's sign. */
export function sendPage(
  res: Response,
  page: { status?: number; title: string; wide?: boolean; body: Html },
) {
  const { markup } = html`<!doctype html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${page.title} · Simulator</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<div class="tape"></div>
<div class="sign" role="note">SIMULATOR<small>Bukan pembayaran sungguhan. Jangan mengirim uang.</small></div>
<main${raw(page.wide ? ' class="wide"' : '')}>
${page.body}
</main>
</body>
</html>
`;
  res
    .status(page.status ?? 200)
    .set(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-src 'self'; base-uri 'none'",
    )
    .set('cache-control', 'no-store')
    .type('html')
    .send(markup);
}
