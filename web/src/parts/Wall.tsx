import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { WallItem } from '../../../server/protocol/donations.ts';
import { useNow } from '../clock.ts';
import { ago, money } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { Problem } from './Problem.tsx';
import '../styles/wall.css';

const ROWS_FIRST = 8;
const ROWS_MORE = 20;

type Props = {
  /** Newest first. */
  items: WallItem[];
  /** There are older ones on the server. */
  hasMore: boolean;
  loadMore: () => Promise<void>;
};

/**
 * The donor wall. Rows are placed by transforms inside a box whose height changes only at a person's wish, so a
 * gift that arrives lets the others glide down and shifts no layout (measured as CLS 0).
 */
export function Wall({ items, hasMore, loadMore }: Props) {
  const t = useTexts();
  const now = useNow(30_000);
  const list = useRef<HTMLUListElement>(null);
  const placed = useRef(new WeakSet<HTMLElement>());
  const [rows, setRows] = useState(ROWS_FIRST);
  const [isLoading, setIsLoading] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const fixed = useRef({ rows: 0, width: 0, height: 0 });
  const [width, setWidth] = useState(0);

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const shown = items.slice(0, rows);
  useLayoutEffect(() => {
    const box = list.current;
    if (!box) return;
    let top = 0;
    const elements = [...box.children] as HTMLElement[];
    const heights = elements.map((row) => row.offsetHeight);
    elements.forEach((row, i) => {
      // A new row appears at its place; only those that stood already glide.
      row.classList.toggle('wall-glides', placed.current.has(row));
      placed.current.add(row);
      row.style.transform = `translateY(${top}px)`;
      top += heights[i] ?? 0;
    });
    const { clientWidth } = box;
    if (fixed.current.rows !== rows || fixed.current.width !== clientWidth) {
      fixed.current = { rows, width: clientWidth, height: top };
      box.style.height = `${top}px`;
    }
    box.classList.toggle('wall-overflows', top > box.clientHeight + 1);
  }, [shown, rows, width]);

  const more = async () => {
    setError(null);
    if (items.length < rows + ROWS_MORE && hasMore) {
      setIsLoading(true);
      try {
        await loadMore();
      } catch (reason) {
        setError(reason);
        return;
      } finally {
        setIsLoading(false);
      }
    }
    setRows(rows + ROWS_MORE);
  };
  const isMoreThere = hasMore || items.length > rows || items.length > ROWS_FIRST;

  return (
    <div class="wall">
      <div class="wall-room">
        {items.length === 0 && (
          <div class="wall-empty">
            <h3>{t.campaign.wallEmpty}</h3>
            <p class="quiet">{t.campaign.wallEmptyNext}</p>
          </div>
        )}
        {/* biome-ignore lint/a11y/noRedundantRoles: Safari drops the list role from unmarked lists */}
        <ul class="wall-list" ref={list} role="list">
          {shown.map((item) => (
            <li class="wall-row" key={item.id}>
              <span class="wall-lamp" aria-hidden="true" />
              <span class="wall-name" lang={item.name ? 'id' : undefined}>
                {item.name ?? t.campaign.anonymous}
              </span>
              <span class="wall-gift figures">{money(item.gift)}</span>
              {item.message && (
                <span class="wall-message" lang="id">
                  {item.message}
                </span>
              )}
              <time class="wall-time" dateTime={item.at}>
                {ago(item.at, now) ?? t.campaign.justNow}
              </time>
            </li>
          ))}
        </ul>
      </div>
      {error !== null && <Problem error={error} />}
      <p class="wall-more">
        {isMoreThere && (hasMore || items.length > rows) && (
          <button type="button" class="button" disabled={isLoading} onClick={() => void more()}>
            {isLoading ? t.site.loading : t.campaign.wallMore}
          </button>
        )}
      </p>
    </div>
  );
}
