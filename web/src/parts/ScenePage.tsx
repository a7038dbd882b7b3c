import type { ComponentChildren } from 'preact';
import { Scene } from '../scene/Scene.tsx';
import '../styles/scene-page.css';

/** A page that is one picture and a few words: nothing found, nothing allowed. */
export const ScenePage = ({
  progress,
  title,
  children,
}: {
  progress: number;
  title: string;
  children: ComponentChildren;
}) => (
  <section class="scene-page">
    <Scene progress={progress} />
    <div class="wrap scene-page-in stack">
      <h1>{title}</h1>
      {children}
    </div>
  </section>
);
