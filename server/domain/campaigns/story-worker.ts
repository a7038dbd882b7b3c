import { Script } from 'node:vm';
import { renderStory } from './story.ts';

/** A story of 20,000 characters takes some 15 ms, the first one of a thread some 50; a busy machine may need several times that. */
const RENDER_MS_MAX = 500;

const script = new Script('render()');

/** The story as HTML, or null if it takes too long or nests too deeply to be rendered. */
export default function render(markdown: string): string | null {
  try {
    // The clock starts with the rendering, not with the wait for this thread; the thread lives on.
    return String(
      script.runInNewContext({ render: () => renderStory(markdown) }, { timeout: RENDER_MS_MAX }),
    );
  } catch (error) {
    // Not `instanceof Error`: the timeout's error belongs to the other context.
    if (error instanceof RangeError || (error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      return null;
    throw error;
  }
}
