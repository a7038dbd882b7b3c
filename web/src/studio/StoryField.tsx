import { useState } from 'preact/hooks';
import { STORY_MAX } from '../../../server/protocol/bounds.ts';
import { number } from '../format.ts';
import { Field } from '../parts/Field.tsx';
import { useStudioTexts } from './text.ts';

type Props = {
  story: string;
  onStory: (story: string) => void;
  /** The server's own sanitised HTML of what is saved; null before the first save. */
  savedHtml: string | null;
  isChanged: boolean;
  error: string | null;
  onSave: () => void;
  isSaving: boolean;
};

/** The story in Markdown, and what the server made of the saved one. */
export function StoryField({ story, onStory, savedHtml, isChanged, error, onSave, isSaving }: Props) {
  const { edit: t } = useStudioTexts();
  const [wantsPreview, setIsPreview] = useState(false);
  // A fault is mended in the text: it must be there to take the focus.
  const isPreview = wantsPreview && !error;
  const mode = (preview: boolean, label: string) => (
    <button
      type="button"
      class="segment"
      aria-pressed={isPreview === preview}
      onClick={() => setIsPreview(preview)}
    >
      {label}
    </button>
  );
  return (
    <div class="story-field">
      <fieldset class="segments" aria-label={t.storyModes}>
        {mode(false, t.write)}
        {mode(true, t.preview)}
      </fieldset>
      {/* The text stays in the page while its result is looked at: its undo history and its place are kept. */}
      <div hidden={isPreview}>
        <Field id="f-story" label={<span class="unseen">{t.story}</span>} hint={t.storyHint} error={error}>
          {(describe) => (
            <textarea
              {...describe}
              class="input story-input"
              value={story}
              maxLength={STORY_MAX}
              onInput={({ currentTarget }) => onStory(currentTarget.value)}
            />
          )}
        </Field>
        <p class="hint figures story-count">{t.characters(number(story.length), number(STORY_MAX))}</p>
        <details class="marks-help">
          <summary>{t.marks}</summary>
          <dl>
            {t.marksList.map(({ write, shows }) => (
              <div key={write}>
                <dt>
                  <code>{write}</code>
                </dt>
                <dd>{shows}</dd>
              </div>
            ))}
          </dl>
        </details>
      </div>
      {isPreview && (
        <div class="stack">
          {savedHtml === null ? (
            <p class="notice">{t.previewNone}</p>
          ) : isChanged ? (
            <p class="notice story-stale">
              <span>{t.previewStale}</span>
              <button type="button" class="button-text" disabled={isSaving} onClick={onSave}>
                {isSaving ? t.saving : t.save}
              </button>
            </p>
          ) : (
            <p class="hint">{t.previewOf}</p>
          )}
          {savedHtml !== null && (
            // The server sanitises the story's HTML before it stores it.
            <div class="staff-prose" lang="id" dangerouslySetInnerHTML={{ __html: savedHtml }} />
          )}
        </div>
      )}
    </div>
  );
}
