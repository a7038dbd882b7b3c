import type { Shape } from '../../../scene/drawing.ts';
import { before, behind, lamp, lampPlace } from '../../../scene/drawing.ts';
import { applyCampaign } from '../../../server/protocol/apply.ts';
import { EMBED_GIFTS, type EmbedBoot } from '../../../server/protocol/embed.ts';
import type { CampaignEvents, CampaignState } from '../../../server/protocol/feeds.ts';
import { follow } from './line.ts';
import { textsOf } from './text.ts';

/** A page that nobody looks at gives its socket back. */
const HIDDEN_MS_MAX = 60_000;
/** Until a frame that could not be filled asks again, and up to twice that. */
const AGAIN_MS = 30_000;
const COUNT_MS = 600;
const MINUTE_MS = 60_000;
/** Places on the shore for the lamps of the last gifts. */
const SLOTS = 24;
/** Middle of the drawing: what a low, wide picture shows of it. */
const VIEW = { x: 330, y: 470, width: 940, height: 400 };

const asked = new URLSearchParams(location.search);
const t = textsOf(asked.get('lang'));
const root = document.documentElement;
root.lang = t.locale.slice(0, 2);
const THEMES: Record<string, string> = { malam: 'night', fajar: 'light' };
root.dataset.theme = THEMES[asked.get('theme') ?? ''] ?? 'auto';

const digits = new Intl.NumberFormat(t.locale);
const rupiah = (amount: number): string => t.rupiah(digits.format(amount));
/** Rounded down, as on the campaign's page: 100 % is said only when the goal is reached. */
const percent = (share: number): string => `${digits.format(Math.floor(share * 100))}%`;

type Child = Node | string;
function node<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  attributes: Record<string, string | number> = {},
  ...children: Child[]
): HTMLElementTagNameMap[T] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...children);
  return made;
}

function drawn({ tag, attrs, opacity, lift, children = [] }: Shape): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attrs)) made.setAttribute(name, `${value}`);
  if (opacity !== undefined) made.setAttribute('opacity', `${opacity}`);
  if (lift !== undefined) made.setAttribute('transform', `translate(0 ${lift})`);
  made.append(...children.map(drawn));
  return made;
}

/** A link out of the frame: a tab of its own, which knows nothing of the page that it was opened from. */
const out = (className: string, href: string, words: string): HTMLAnchorElement =>
  node(
    'a',
    { class: className, href, target: '_blank', rel: 'noopener' },
    words,
    node('span', { class: 'unseen' }, ` (${t.inNewTab})`),
  );

/** Tells the page around how much room is needed; it is no secret, and who listens is not known here. */
function keepHeightTold(title: string): void {
  const tell = () => parent.postMessage({ sangkuriang: 'size', height: root.offsetHeight, title }, '*');
  new ResizeObserver(tell).observe(root);
}

/** Instead of a campaign: one sentence and a way on. */
function say(words: string): void {
  document.body.append(
    node(
      'main',
      { class: 'said' },
      node('h1', {}, words),
      out('give quiet-give', '/', t.others),
      node('p', { class: 'by' }, 'Sangkuriang'),
    ),
  );
  keepHeightTold(document.title);
}

function show(boot: EmbedBoot): void {
  let state = boot.state as CampaignState;
  let shownAmount = state.totals.raised.amount;
  let countedTo = shownAmount;
  let counting = 0;

  const picture = node('div', { class: 'drawing', 'aria-hidden': 'true' });
  const light = node('span', { class: 'live' });
  const heading = node('h1', { lang: 'id' });
  const raised = node('strong', { class: 'raised' }, rupiah(shownAmount));
  const goal = node('span', { class: 'goal' });
  const bar = node('progress', { max: 100 });
  const share = node('span', { class: 'share' });
  const donors = node('span', {});
  const last = node('p', { class: 'last' });
  const standing = node('p', { class: 'standing' });
  const href = `/c/${boot.slug}`;
  const give = out('give', href, t.give);
  document.body.append(
    node(
      'main',
      {},
      node('div', { class: 'sky' }, picture, light),
      node(
        'div',
        { class: 'body' },
        heading,
        node('p', { class: 'sum' }, raised, ' ', goal),
        bar,
        node('p', { class: 'facts' }, share, donors),
        last,
        node('div', { class: 'foot' }, give, node('span', { class: 'by' }, 'Sangkuriang')),
      ),
    ),
  );

  function countTo(amount: number): void {
    if (amount === countedTo) return;
    countedTo = amount;
    cancelAnimationFrame(counting);
    const first = shownAmount;
    const since = performance.now();
    const step = (at: number): void => {
      const part = matchMedia('(prefers-reduced-motion: reduce)').matches
        ? 1
        : Math.min(1, (at - since) / COUNT_MS);
      shownAmount = Math.round(first + (amount - first) * (1 - (1 - part) ** 3));
      raised.textContent = rupiah(shownAmount);
      if (part < 1) counting = requestAnimationFrame(step);
    };
    // A hidden page is given no frames, and whoever comes back wants the sum.
    step(document.hidden ? Number.POSITIVE_INFINITY : since);
  }

  function drawSky(at: number): void {
    if (state.picture) {
      const { url } = state.picture;
      const there = picture.querySelector('img');
      if (there?.getAttribute('src') !== url) picture.replaceChildren(node('img', { src: url, alt: '' }));
      return;
    }
    const uid = 'w';
    const lamps = state.wall.map(({ id, gift }, i): Shape => {
      const slot = [...id].reduce((sum, sign) => sum + sign.charCodeAt(0), i) % SLOTS;
      const { x, y } = lampPlace(slot, { room: SLOTS, half: VIEW.width / 2 - 30 });
      const children = lamp({ uid, y, amount: gift.amount });
      return { tag: 'g', attrs: { transform: `translate(${x} ${y})` }, children };
    });
    const seen = { top: VIEW.y, height: VIEW.height };
    picture.replaceChildren(
      drawn({
        tag: 'svg',
        attrs: {
          viewBox: `${VIEW.x} ${VIEW.y} ${VIEW.width} ${VIEW.height}`,
          preserveAspectRatio: 'xMidYMid slice',
        },
        children: [
          ...behind({ at, uid, isWhole: true, seen, veil: [0, 0, 0] }),
          ...lamps,
          ...before({ at, uid }),
        ],
      }),
    );
  }

  function sayLast(): void {
    const gift = state.wall[0];
    if (!gift) {
      last.replaceChildren(t.first);
      return;
    }
    const minutes = Math.floor((Date.now() - Date.parse(gift.at)) / MINUTE_MS);
    const [count, unit] =
      minutes < 60
        ? [minutes, 'minute' as const]
        : minutes < 1440
          ? [Math.floor(minutes / 60), 'hour' as const]
          : [Math.floor(minutes / 1440), 'day' as const];
    const ago = count < 1 ? t.now : new Intl.RelativeTimeFormat(t.locale).format(-count, unit);
    last.replaceChildren(
      node('b', { lang: 'id' }, gift.name ?? t.anonymous),
      node('span', {}, `${rupiah(gift.gift.amount)} · ${ago}`),
    );
  }

  function draw(): void {
    const { totals, status, title } = state;
    const part = state.goal.amount > 0 ? totals.raised.amount / state.goal.amount : 0;
    heading.textContent = title;
    document.title = `${title} · Sangkuriang`;
    countTo(totals.raised.amount);
    goal.textContent = t.raised(rupiah(state.goal.amount));
    bar.value = Math.min(100, part * 100);
    bar.setAttribute('aria-label', t.progress(percent(part)));
    share.textContent = percent(part);
    donors.textContent = t.donors(digits.format(totals.donorCount));
    drawSky(Math.min(1, part));
    sayLast();
    const words = status === 'ended' ? t.ended : status === 'live' ? null : t.paused;
    standing.textContent = words ?? '';
    if (words && !standing.isConnected) last.before(standing);
    if (!words) standing.remove();
    const label = give.firstChild;
    if (label) label.textContent = words ? t.look : t.give;
    give.classList.toggle('quiet-give', words !== null);
  }

  function become(next: CampaignState): void {
    const before = state.wall[0]?.id;
    state = { ...next, wall: next.wall.slice(0, EMBED_GIFTS) };
    draw();
    const newest = state.wall[0];
    if (newest && newest.id !== before) {
      last.classList.remove('lit');
      // Read, so that the animation begins anew.
      void last.offsetWidth;
      last.classList.add('lit');
    }
  }

  draw();
  keepHeightTold(state.title);
  setInterval(sayLast, MINUTE_MS);

  const line = follow<CampaignState, CampaignEvents>({
    site: location.origin,
    feed: boot.feed,
    from: { epoch: boot.epoch, since: boot.head },
    onState: become,
    onEvents: (events) => {
      let next = state;
      for (const event of events) {
        const now = event.totals ? { ...next, totals: event.totals } : next;
        // A gift that comes back to its old place does not change which is the last.
        next = applyCampaign(next, event) ?? now;
        next = { ...next, wall: next.wall.slice(0, EMBED_GIFTS) };
      }
      become(next);
    },
    onStatus: (status) => {
      light.dataset.status = status;
      light.textContent = t[status];
    },
  });

  let hidden: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(line.pause, HIDDEN_MS_MAX);
    else line.resume();
  });
}

const text = document.getElementById('boot')?.textContent;
if (text === undefined) {
  say(t.trouble);
  setTimeout(() => location.reload(), AGAIN_MS * (1 + Math.random()));
} else {
  const boot = JSON.parse(text ?? 'null') as EmbedBoot | null;
  if (boot) show(boot);
  else say(t.missing);
}
