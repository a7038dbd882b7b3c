import type { ComponentChildren } from 'preact';
import { Scene } from '../scene/Scene.tsx';
import { Layout } from './Layout.tsx';
import '../styles/sign-in.css';

/** The quiet frame of everything about one's own account. */
export function SignFrame({
  title,
  progress,
  children,
}: {
  title: string;
  progress: number;
  children: ComponentChildren;
}) {
  return (
    <Layout title={title} header="over">
      <div class="sign">
        <div class="sign-scene">
          <Scene progress={progress} />
        </div>
        <div class="wrap sign-in-wrap">
          <div class="sign-form stack">
            <h1>{title}</h1>
            {children}
          </div>
        </div>
      </div>
    </Layout>
  );
}
