import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso/router';
import type { UserView } from '../../../server/protocol/accounts.ts';
import { useTexts } from '../i18n/language.ts';
import { Layout } from '../parts/Layout.tsx';
import { ScenePage } from '../parts/ScenePage.tsx';
import { user } from '../session.ts';
import { useStudioTexts } from './text.ts';
import './staff.css';

/** Whether the person may read campaigns and messages that are not theirs. */
const isModerator = ({ roles }: UserView): boolean => roles.includes('moderator') || roles.includes('admin');

type Props = { to: 'studio' | 'review'; children: (me: UserView) => ComponentChildren };

/** Lets in whoever is signed in, and to the review only moderators; tells the others what to do. */
export function Gate({ to, children }: Props) {
  const site = useTexts();
  const { gate: t } = useStudioTexts();
  const { url } = useLocation();
  const me = user.value;
  const isStudio = to === 'studio';
  const title = isStudio ? t.studioTitle : t.reviewTitle;
  if (me === undefined) {
    return (
      <Layout title={title}>
        <p class="wrap staff-loading" role="status">
          {site.site.loading}
        </p>
      </Layout>
    );
  }
  if (me && (isStudio || isModerator(me))) return <>{children(me)}</>;
  return (
    <Layout title={title} header="over">
      <ScenePage progress={isStudio ? 0.42 : 0.12} title={isStudio ? t.studioHeadline : t.reviewHeadline}>
        <p>{me ? t.forbiddenLead(me.name) : isStudio ? t.studioLead : t.reviewLead}</p>
        <p>
          {me ? (
            <a class="button button-call" href="/">
              {t.home}
            </a>
          ) : (
            <a class="button button-call" href={`/signin?next=${encodeURIComponent(url)}`}>
              {isStudio ? t.signIn : t.reviewSignIn}
            </a>
          )}
        </p>
      </ScenePage>
    </Layout>
  );
}
