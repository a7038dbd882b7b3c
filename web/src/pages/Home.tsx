import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import {
  CATEGORIES,
  type CampaignPage,
  type Category,
  SORTS,
  type Sort,
} from '../../../server/protocol/campaigns.ts';
import { campaigns, query } from '../api.ts';
import { takeBoot } from '../boot.ts';
import { number } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { CampaignCard } from '../parts/CampaignCard.tsx';
import { SearchIcon } from '../parts/icons.tsx';
import { Layout } from '../parts/Layout.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Scene } from '../scene/Scene.tsx';
import '../styles/home.css';

const PAGE = 12;
/** The words in the address that filter the list; what is not known is left out. */
type Filter = { q: string; category: Category | null; sort: Sort };

/** What a list is sorted by when nobody said so: the address need not say it either. */
const usual = (q: string): Sort => (q ? 'relevance' : 'newest');
/** Long enough not to ask at every letter, short enough to seem to. */
const TYPING_MS = 350;

function filterOf(address: Record<string, string>): Filter {
  const q = (address.q ?? '').slice(0, 100);
  return {
    q,
    category: CATEGORIES.find((one) => one === address.category) ?? null,
    sort: SORTS.find((one) => one === address.sort && (q || one !== 'relevance')) ?? usual(q),
  };
}
const addressOf = ({ q, category, sort }: Filter): string =>
  `/${query({ q, category, sort: sort === usual(q) ? null : sort })}`;

export default function Home() {
  const t = useTexts();
  const { query: address, route } = useLocation();
  const filter = filterOf(address);
  const { page, error, isLoading, retry, more } = useList(filter);
  const isFiltered = Boolean(filter.q || filter.category);
  const search = useRef<HTMLInputElement>(null);
  const typing = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const look = (q: string, replace = false) => {
    clearTimeout(typing.current);
    // A search that begins or ends goes by its own best order; one that goes on keeps what was chosen.
    const sort = filter.sort === usual(filter.q) ? usual(q) : filter.sort;
    if (q !== filter.q) route(addressOf({ ...filter, q, sort }), replace);
  };
  useEffect(() => () => clearTimeout(typing.current), []);
  // The address may change under the field: back, forward, a category. What somebody is typing is left alone.
  useEffect(() => {
    const field = search.current;
    if (field && field !== document.activeElement) field.value = filter.q;
  }, [filter.q]);

  return (
    <Layout title={t.home.title} header="over">
      <section class="home-hero">
        <Scene progress={0.46} lamps={HOME_LAMPS} />
        <div class="wrap home-hero-in">
          <h1>{t.home.headline}</h1>
          <p class="home-lead">{t.home.lead}</p>
          <p>
            <a class="button button-sun button-large" href="#campaigns">
              {t.home.look}
            </a>
          </p>
        </div>
      </section>

      <section class="wrap home-list" aria-labelledby="campaigns">
        <div class="home-list-head">
          <h2 id="campaigns" tabIndex={-1}>
            {t.home.live}
          </h2>
          <p class="quiet small" role="status">
            {page && (page.nextCursor ? t.home.foundMore : t.home.found)(number(page.items.length))}
          </p>
        </div>

        <search class="home-filters">
          <form
            class="home-search"
            onSubmit={(event) => {
              event.preventDefault();
              look(search.current?.value.trim() ?? '');
            }}
          >
            <label class="unseen" for="q">
              {t.home.search}
            </label>
            <input
              class="input"
              id="q"
              name="q"
              type="search"
              maxLength={100}
              placeholder={t.home.searchHint}
              defaultValue={filter.q}
              onInput={(event) => {
                const { value } = event.currentTarget;
                clearTimeout(typing.current);
                // While one types, the address is replaced: back leads to where the search began.
                typing.current = setTimeout(() => look(value.trim(), filter.q !== ''), TYPING_MS);
              }}
              ref={search}
            />
            <button type="submit" class="button" aria-label={t.home.searchDo}>
              <SearchIcon />
            </button>
          </form>
          <div class="home-sort">
            <label class="unseen" for="sort">
              {t.home.sort}
            </label>
            <select
              class="input"
              id="sort"
              value={filter.sort}
              onChange={(event) => route(addressOf({ ...filter, sort: event.currentTarget.value as Sort }))}
            >
              {SORTS.filter((sort) => filter.q || sort !== 'relevance').map((sort) => (
                <option value={sort} key={sort}>
                  {t.sort[sort]}
                </option>
              ))}
            </select>
          </div>
          <nav class="home-categories" aria-label={t.home.category}>
            {[null, ...CATEGORIES].map((category) => (
              <a
                class="chip"
                href={addressOf({ ...filter, category })}
                aria-current={filter.category === category ? 'true' : undefined}
                key={category ?? 'all'}
              >
                {category ? t.category[category] : t.home.all}
              </a>
            ))}
          </nav>
        </search>

        {error !== null && <Problem error={error} retry={retry} />}
        {page && page.items.length === 0 && (
          <div class="empty">
            <h3>{isFiltered ? t.home.nothingFound : t.home.nothingYet}</h3>
            <p class="quiet">{isFiltered ? t.home.nothingFoundNext : t.home.nothingYetNext}</p>
            <a class="button" href={isFiltered ? '/' : '/studio'}>
              {isFiltered ? t.home.showAll : t.nav.start}
            </a>
          </div>
        )}
        {page?.suggestions && page.suggestions.length > 0 && (
          <section class="home-perhaps" aria-labelledby="perhaps">
            <h3 id="perhaps">{t.home.perhaps}</h3>
            <div class="cards cards-many">
              {page.suggestions.map((card) => (
                <CampaignCard card={card} isFirst={false} isWide={false} key={card.id} />
              ))}
            </div>
          </section>
        )}
        {page && page.items.length > 0 && (
          <div class={`cards ${page.items.length > 3 ? 'cards-many' : ''}`}>
            {page.items.map((card, i) => (
              // Two alone stand as equals.
              <CampaignCard
                card={card}
                isFirst={i === 0}
                isWide={i === 0 && page.items.length !== 2}
                key={card.id}
              />
            ))}
          </div>
        )}
        {!page && error === null && (
          <div class="cards" aria-hidden="true">
            {[0, 1, 2].map((i) => (
              <div class={`campaign-card card card-bones ${i === 0 ? 'campaign-card-wide' : ''}`} key={i} />
            ))}
          </div>
        )}
        {page?.nextCursor && (
          <p>
            <button type="button" class="button" disabled={isLoading} onClick={more}>
              {isLoading ? t.site.loading : t.home.more}
            </button>
          </p>
        )}
      </section>

      <section class="wrap home-how" aria-labelledby="how">
        <h2 id="how">{t.home.how}</h2>
        <ol>
          {t.home.steps.map((step) => (
            <li key={step.title}>
              <h3>{step.title}</h3>
              <p class="quiet">{step.text}</p>
            </li>
          ))}
        </ol>
      </section>
    </Layout>
  );
}

/** Lamps of the title picture; they stand for nobody. */
const HOME_LAMPS = Array.from({ length: 17 }, (_, i) => ({
  id: `lamp-${i * 31}`,
  amount: 20_000 + ((i * 7) % 5) * 60_000,
}));

function useList(filter: Filter) {
  const wanted = addressOf(filter);
  const [state, setState] = useState<{ of: string; page: CampaignPage | null; error: unknown }>(() => ({
    of: wanted,
    page: (wanted === '/' && takeBoot('campaigns')) || null,
    error: null,
  }));
  const [isLoading, setIsLoading] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(state);
  latest.current = state;
  const { q, category } = filter;
  const sort = filter.sort;

  useEffect(() => {
    if (latest.current.of === wanted && latest.current.page && attempt === 0) return;
    const stop = new AbortController();
    campaigns(
      { ...(q ? { q } : {}), ...(category ? { category } : {}), sort, limit: PAGE },
      stop.signal,
    ).then(
      (page) => setState({ of: wanted, page, error: null }),
      (error) => {
        if (!stop.signal.aborted) setState({ of: wanted, page: null, error });
      },
    );
    return () => stop.abort();
  }, [wanted, attempt, q, category, sort]);

  const more = useCallback(() => {
    const { of, page } = latest.current;
    if (!page?.nextCursor) return;
    setIsLoading(true);
    campaigns({
      ...(q ? { q } : {}),
      ...(category ? { category } : {}),
      sort,
      limit: PAGE,
      cursor: page.nextCursor,
    })
      .then((next) =>
        setState((now) =>
          now.of === of && now.page
            ? {
                ...now,
                error: null,
                page: { items: [...now.page.items, ...next.items], nextCursor: next.nextCursor },
              }
            : now,
        ),
      )
      .catch((error) => setState((now) => ({ ...now, error })))
      .finally(() => setIsLoading(false));
  }, [q, category, sort]);

  return { page: state.page, error: state.error, isLoading, retry: () => setAttempt((n) => n + 1), more };
}
