import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { TITLE_MAX } from '../../../server/protocol/bounds.ts';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import {
  UPDATE_PICTURES_MAX,
  UPDATE_TEXT_MAX,
  type UpdatePicture,
  type UpdateView,
} from '../../../server/protocol/updates.ts';
import { number } from '../format.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { newKey } from '../new-key.ts';
import { Field, FieldError, focusFirstError } from '../parts/Field.tsx';
import { Layout } from '../parts/Layout.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Update } from '../parts/Updates.tsx';
import { fetchUpdates, hideUpdate, postUpdate, previewUpdate, sendUpdatePicture } from '../updates.ts';
import { useCampaign } from './campaign.ts';
import { Gate } from './Gate.tsx';
import { Head } from './Head.tsx';
import { NotHere, NotYet } from './NotYet.tsx';
import { PICTURE_TYPES, readyToSend } from './picture.ts';
import { useStudioTexts } from './text.ts';
import './studio.css';
import '../styles/updates.css';

const PAGE = 10;
const TITLE_MIN = 3;

export default function Updates({ id }: { id: string }) {
  return <Gate to="studio">{(me) => <Loading key={`${me.id} ${id}`} id={id} />}</Gate>;
}

function Loading({ id }: { id: string }) {
  const t = useStudioTexts();
  const loaded = useCampaign(id, null);
  const { view } = loaded;
  if (!view) return <NotYet loaded={loaded} title={t.updates.title} />;
  if (!view.team?.role) return <NotHere title={view.title} text={t.edit.notMine} />;
  return <Page view={view} />;
}

function Page({ view }: { view: CampaignView }) {
  const t = useStudioTexts();
  const [items, setItems] = useState<UpdateView[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const isPublic = ['live', 'paused', 'ended'].includes(view.status);
  const mayWrite = view.team?.role !== 'viewer';
  const load = (after: string | null, signal?: AbortSignal) => {
    setError(null);
    fetchUpdates(view.id, { cursor: after, limit: PAGE }, signal).then(
      (page) => {
        setItems((before) => [...(after ? (before ?? []) : []), ...page.items]);
        setCursor(page.nextCursor);
      },
      (reason) => {
        if (!signal?.aborted) setError(reason);
      },
    );
  };
  useEffect(() => {
    const stop = new AbortController();
    load(null, stop.signal);
    return () => stop.abort();
  }, [view.id]);
  return (
    <Layout title={`${t.updates.title}: ${view.title}`}>
      <div class="wrap staff">
        <Head view={view} title={view.title} current="updates" />
        {!isPublic ? (
          <p class="notice">{t.updates.notPublic}</p>
        ) : (
          mayWrite && (
            <Writer campaignId={view.id} onPosted={(update) => setItems([update, ...(items ?? [])])} />
          )
        )}
        <section class="stack studio-updates" aria-labelledby="posted">
          <h2 id="posted">{t.updates.posted}</h2>
          {error !== null && <Problem error={error} retry={() => load(cursor)} />}
          {items?.length === 0 && <p class="quiet">{t.updates.none}</p>}
          {items?.map((update) => (
            <Update key={update.id} update={update} timezone={view.timezone}>
              {mayWrite && (
                <TakeBack
                  campaignId={view.id}
                  id={update.id}
                  onGone={() => setItems((now) => now?.filter(({ id }) => id !== update.id) ?? null)}
                />
              )}
            </Update>
          ))}
          {cursor && (
            <p>
              <button type="button" class="button button-quiet" onClick={() => load(cursor)}>
                {t.list.more}
              </button>
            </p>
          )}
        </section>
      </div>
    </Layout>
  );
}

/** Asked once more: what is taken back does not come again. */
function TakeBack({ campaignId, id, onGone }: { campaignId: string; id: string; onGone: () => void }) {
  const { updates: t } = useStudioTexts();
  const [isAsked, setIsAsked] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const hide = () => {
    setError(null);
    hideUpdate(campaignId, id).then(onGone, setError);
  };
  return (
    <div>
      {error !== null && <Problem error={error} />}
      {isAsked ? (
        <p>
          {t.takeBackSure}{' '}
          <button type="button" class="button-text" onClick={hide}>
            {t.takeBackYes}
          </button>{' '}
          <button type="button" class="button-text" onClick={() => setIsAsked(false)}>
            {t.takeBackNo}
          </button>
        </p>
      ) : (
        <button type="button" class="button-text" onClick={() => setIsAsked(true)}>
          {t.takeBack}
        </button>
      )}
    </div>
  );
}

type Faults = Partial<Record<'title' | 'text' | 'pictures', string>>;

function Writer({ campaignId, onPosted }: { campaignId: string; onPosted: (update: UpdateView) => void }) {
  const site = useTexts();
  const { updates: t, edit } = useStudioTexts();
  const form = useRef<HTMLFormElement>(null);
  const [title, setTitle] = useState('');
  const [text, setText] = useState('');
  const [pictures, setPictures] = useState<UpdatePicture[]>([]);
  const { query: asked } = useLocation();
  const [isProof, setIsProof] = useState(asked.proof !== undefined);
  const [preview, setPreview] = useState<string | null>(null);
  const [faults, setFaults] = useState<Faults>({});
  const [error, setError] = useState<unknown>(null);
  const [doing, setDoing] = useState<'picture' | 'preview' | 'post' | null>(null);
  const [isPosted, setIsPosted] = useState(false);
  /** Repeated with its key, so that a lost answer posts nothing twice. */
  const sent = useRef<{ content: string; key: string } | null>(null);

  const act = async (what: NonNullable<typeof doing>, work: () => Promise<void>) => {
    if (doing) return;
    setDoing(what);
    setError(null);
    setIsPosted(false);
    try {
      await work();
    } catch (reason) {
      const isPicture = what === 'picture' && reason instanceof ApiError && reason.status < 429;
      const isText = reason instanceof ApiError && reason.errors.some(({ path }) => path === 'text');
      if (isPicture) setFaults({ pictures: edit.faults.pictureKind });
      else if (isText) {
        setPreview(null);
        setFaults({ text: t.textFault });
      } else setError(reason);
    } finally {
      setDoing(null);
    }
  };
  const show = () =>
    act('preview', async () => setPreview((await previewUpdate(campaignId, text.trim())).html));
  const choose = (file: File) =>
    act('picture', async () => {
      setFaults({});
      const ready = await readyToSend(file);
      if (ready === 'big' || ready === 'kind') {
        setFaults({ pictures: ready === 'big' ? edit.faults.pictureBig : edit.faults.pictureKind });
        return;
      }
      const { picture } = await sendUpdatePicture(campaignId, ready.image);
      setPictures((now) => [...now, picture]);
    });
  const post = () => {
    const found: Faults = {
      ...(title.trim().length < TITLE_MIN ? { title: t.titleFault } : {}),
      ...(text.trim() === '' ? { text: t.textEmpty } : {}),
    };
    setFaults(found);
    if (Object.keys(found).length > 0) {
      setPreview(null);
      focusFirstError(form.current);
      return;
    }
    void act('post', async () => {
      const body = {
        title: title.trim(),
        text: text.trim(),
        pictureIds: pictures.map(({ id }) => id),
        ...(isProof ? { proofOfUse: true } : {}),
      };
      const content = JSON.stringify(body);
      if (sent.current?.content !== content) sent.current = { content, key: newKey() };
      const { update } = await postUpdate(campaignId, body, sent.current.key);
      sent.current = null;
      setTitle('');
      setText('');
      setPictures([]);
      setIsProof(false);
      setPreview(null);
      setIsPosted(true);
      onPosted(update);
    });
  };

  return (
    <form
      class="stack update-writer"
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        post();
      }}
    >
      <h2>{t.write}</h2>
      <Field id="u-title" label={t.headline} error={faults.title}>
        {(describe) => (
          <input
            {...describe}
            class="input"
            type="text"
            maxLength={TITLE_MAX}
            value={title}
            onInput={({ currentTarget }) => setTitle(currentTarget.value)}
          />
        )}
      </Field>
      <div class="story-field">
        <fieldset class="segments" aria-label={edit.storyModes}>
          <button
            type="button"
            class="segment"
            aria-pressed={preview === null}
            onClick={() => setPreview(null)}
          >
            {edit.write}
          </button>
          <button
            type="button"
            class="segment"
            aria-pressed={preview !== null}
            disabled={text.trim() === '' || doing !== null}
            onClick={() => void show()}
          >
            {edit.preview}
          </button>
        </fieldset>
        <div hidden={preview !== null}>
          <Field id="u-text" label={t.text} hint={t.textHint} error={faults.text}>
            {(describe) => (
              <textarea
                {...describe}
                class="input"
                rows={8}
                maxLength={UPDATE_TEXT_MAX}
                value={text}
                onInput={({ currentTarget }) => setText(currentTarget.value)}
              />
            )}
          </Field>
          <p class="hint figures story-count">
            {edit.characters(number(text.length), number(UPDATE_TEXT_MAX))}
          </p>
        </div>
        {preview !== null && (
          // The server's own sanitised HTML.
          <div class="staff-prose" lang="id" dangerouslySetInnerHTML={{ __html: preview }} />
        )}
      </div>
      <div class="field">
        <span class="label" id="u-pictures">
          {t.pictures(UPDATE_PICTURES_MAX)}
        </span>
        {pictures.length > 0 && (
          <ul class="update-chosen">
            {pictures.map(({ id, url, width, height }, i) => (
              <li key={id}>
                <img src={url} width={width} height={height} alt={site.updates.picture(i + 1, title)} />
                <button
                  type="button"
                  class="button-text"
                  aria-label={`${t.removePicture} ${i + 1}`}
                  onClick={() => setPictures(pictures.filter((one) => one.id !== id))}
                >
                  {t.removePicture}
                </button>
              </li>
            ))}
          </ul>
        )}
        {pictures.length < UPDATE_PICTURES_MAX && (
          <div class="picture-tools">
            <input
              id="u-picture"
              class="unseen picture-input"
              type="file"
              accept={PICTURE_TYPES.join(',')}
              aria-labelledby="u-pictures u-picture-button"
              aria-describedby={faults.pictures ? 'u-picture-error' : undefined}
              disabled={doing !== null}
              onChange={({ currentTarget }) => {
                const file = currentTarget.files?.[0];
                currentTarget.value = '';
                if (file) void choose(file);
              }}
            />
            <label for="u-picture" id="u-picture-button" class="button button-quiet picture-button">
              {edit.choosePicture}
            </label>
            <span class="small quiet" role="status">
              {doing === 'picture' ? edit.pictureSending : ''}
            </span>
          </div>
        )}
        <FieldError id="u-picture-error" error={faults.pictures} />
      </div>
      <div>
        <label class="check">
          <input
            type="checkbox"
            aria-describedby="u-proof-hint"
            checked={isProof}
            onChange={({ currentTarget }) => setIsProof(currentTarget.checked)}
          />
          <span>{t.proof}</span>
        </label>
        <p class="hint" id="u-proof-hint">
          {t.proofHint}
        </p>
      </div>
      {error instanceof ApiError && error.code === 'too-many-requests' ? (
        <p class="notice notice-alarm" role="alert">
          {t.tooMany}
        </p>
      ) : (
        error !== null && <Problem error={error} />
      )}
      <p class="hint">{t.postHint}</p>
      <p>
        <button type="submit" class="button button-call" aria-disabled={doing !== null}>
          {doing === 'post' ? t.posting : t.post}
        </button>{' '}
        <span class="small" role="status">
          {isPosted ? t.isPosted : ''}
        </span>
      </p>
    </form>
  );
}
