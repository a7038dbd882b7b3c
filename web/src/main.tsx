import { render } from 'preact';
import lazy, { ErrorBoundary } from 'preact-iso/lazy';
import { LocationProvider, Route, Router } from 'preact-iso/router';
import { startLanguage } from './i18n/language.ts';
import { accessToken } from './session.ts';
import { remembered } from './storage.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';

// One file per page: whoever opens a campaign page does not fetch the others.
const Home = lazy(() => import('./pages/Home.tsx'));
const Campaign = lazy(() => import('./pages/Campaign.tsx'));
const Give = lazy(() => import('./pages/Give.tsx'));
const Statement = lazy(() => import('./pages/Statement.tsx'));
const Waiting = lazy(() => import('./pages/Waiting.tsx'));
const SignIn = lazy(() => import('./pages/SignIn.tsx'));
const Forgot = lazy(() => import('./pages/Forgot.tsx'));
const Reset = lazy(() => import('./pages/Reset.tsx'));
const VerifyEmail = lazy(() => import('./pages/VerifyEmail.tsx'));
const Me = lazy(() => import('./pages/Me.tsx'));
const Studio = lazy(() => import('./studio/Studio.tsx'));
const StudioEdit = lazy(() => import('./studio/Edit.tsx'));
const StudioAlerts = lazy(() => import('./studio/Alerts.tsx'));
const StudioLive = lazy(() => import('./studio/Live.tsx'));
const Review = lazy(() => import('./review/Review.tsx'));
const StudioMoney = lazy(() => import('./studio/Money.tsx'));
const StudioOverlay = lazy(() => import('./studio/Overlay.tsx'));
const Finance = lazy(() => import('./finance/Finance.tsx'));
const StudioUpdates = lazy(() => import('./studio/Updates.tsx'));
const Unsubscribe = lazy(() => import('./pages/Unsubscribe.tsx'));
const Missing = lazy(() => import('./pages/Missing.tsx'));

const App = () => (
  <LocationProvider>
    <ErrorBoundary>
      <Router>
        <Route path="/" component={Home} />
        <Route path="/c/:slug" component={Campaign} />
        <Route path="/c/:slug/give" component={Give} />
        <Route path="/c/:slug/ledger" component={Statement} />
        <Route path="/d/:id" component={Waiting} />
        <Route path="/signin" component={SignIn} />
        <Route path="/forgot" component={Forgot} />
        <Route path="/reset" component={Reset} />
        <Route path="/verify-email" component={VerifyEmail} />
        <Route path="/me" component={Me} />
        <Route path="/studio" component={Studio} />
        <Route path="/studio/new" component={StudioEdit} />
        <Route path="/studio/:id" component={StudioEdit} />
        <Route path="/studio/:id/live" component={StudioLive} />
        <Route path="/studio/:id/alerts" component={StudioAlerts} />
        <Route path="/studio/:id/updates" component={StudioUpdates} />
        <Route path="/studio/:id/money" component={StudioMoney} />
        <Route path="/studio/:id/overlay" component={StudioOverlay} />
        <Route path="/review" component={Review} />
        <Route path="/finance/:part?" component={Finance} />
        <Route path="/unsubscribe" component={Unsubscribe} />
        <Route default component={Missing} />
      </Router>
    </ErrorBoundary>
  </LocationProvider>
);

// A page that was opened before an update asks for files that are gone; loaded anew it knows the new names.
// Not more than once in a row: what is still missing then is missing for another reason.
const RELOADED_KEY = 'sk.reloaded-at';
const RELOAD_EVERY_MS = 30_000;
addEventListener('vite:preloadError', () => {
  const reload = () => {
    if (Date.now() - Number(remembered.get(RELOADED_KEY)) < RELOAD_EVERY_MS) return;
    remembered.set(RELOADED_KEY, String(Date.now()));
    location.reload();
  };
  if (navigator.onLine) reload();
  else addEventListener('online', reload, { once: true });
});

const root = document.getElementById('app');
if (root) {
  void accessToken().catch(() => undefined);
  await startLanguage();
  render(<App />, root);
}
