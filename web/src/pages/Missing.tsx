import { useTexts } from '../i18n/language.ts';
import { Layout } from '../parts/Layout.tsx';
import { ScenePage } from '../parts/ScenePage.tsx';

export default function Missing() {
  const t = useTexts();
  return (
    <Layout title={t.missing.title} header="over">
      <ScenePage progress={0.08} title={t.missing.title}>
        <p>{t.missing.text}</p>
        <p>
          <a class="button button-sun" href="/">
            {t.missing.home}
          </a>
        </p>
      </ScenePage>
    </Layout>
  );
}
