import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso/router';
import type { UserView } from '../../../server/protocol/accounts.ts';
import { useTexts } from '../i18n/language.ts';
import { Layout } from '../parts/Layout.tsx';
import { ScenePage } from '../parts/ScenePage.tsx';
import { user } from '../session.ts';
import { useFinanceTexts } from './text.ts';

/** Finance acts, its auditor reads. */
export const mayAct = ({ roles }: UserView): boolean => roles.includes('finance') || roles.includes('admin');
const mayRead = (me: UserView): boolean => mayAct(me) || me.roles.includes('auditor');

/** Lets in whoever may read the books; tells the others what to do. */
export function Gate({ children }: { children: (me: UserView) => ComponentChildren }) {
  const site = useTexts();
  const { title, gate: t } = useFinanceTexts();
  const { url } = useLocation();
  const me = user.value;
  if (me === undefined) {
    return (
      <Layout title={title}>
        <p class="wrap staff-loading" role="status">
          {site.site.loading}
        </p>
      </Layout>
    );
  }
  if (me && mayRead(me)) return <>{children(me)}</>;
  return (
    <Layout title={title} header="over">
      <ScenePage progress={0.12} title={t.headline}>
        <p>{me ? t.forbidden(me.name) : t.lead}</p>
        <p>
          {me ? (
            <a class="button button-call" href="/">
              {t.home}
            </a>
          ) : (
            <a class="button button-call" href={`/signin?next=${encodeURIComponent(url)}`}>
              {t.signIn}
            </a>
          )}
        </p>
      </ScenePage>
    </Layout>
  );
}
