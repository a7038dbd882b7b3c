import type { ComponentChildren } from 'preact';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { Layout } from '../parts/Layout.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { Loaded } from './campaign.ts';
import { useStudioTexts } from './text.ts';

/** The page of a campaign while it is fetched, when it cannot be, and when it is not the person's own. */
export function NotYet({ loaded, title }: { loaded: Loaded; title: string }) {
  const site = useTexts();
  const t = useStudioTexts();
  const { error, retry } = loaded;
  const isMissing = error instanceof ApiError && error.code === 'not-found';
  if (isMissing) return <NotHere title={t.edit.notFound} text={t.edit.notFoundNext} />;
  return (
    <Layout title={title}>
      <div class="wrap staff">
        {error ? (
          <Problem error={error} retry={retry} />
        ) : (
          <div role="status">
            <span class="unseen">{site.site.loading}</span>
            <div class="bones staff-bone-title" />
            <div class="bones staff-bone" />
            <div class="bones staff-bone" />
          </div>
        )}
      </div>
    </Layout>
  );
}

export function NotHere({
  title,
  text,
  children,
}: {
  title: string;
  text?: string;
  children?: ComponentChildren;
}) {
  const t = useStudioTexts();
  return (
    <Layout title={title}>
      <div class="wrap staff message-page">
        <h1>{title}</h1>
        {text && <p>{text}</p>}
        {children}
        <p>
          <a class="button" href="/studio">
            {t.edit.back}
          </a>
        </p>
      </div>
    </Layout>
  );
}
