import { useEffect, useRef, useState } from 'preact/hooks';
import type { CampaignView, Picture } from '../../../server/protocol/campaigns.ts';
import { ApiError } from '../http.ts';
import { language, useTexts } from '../i18n/language.ts';
import { FieldError } from '../parts/Field.tsx';
import { sentenceOf } from '../parts/Problem.tsx';
import { sendPicture } from './calls.ts';
import { bytes, dataUrl, PICTURE_TYPES, type PictureFault, readyToSend } from './picture.ts';
import { useStudioTexts } from './text.ts';

type Props = {
  /** The campaign the picture belongs to; null while it is not saved for the first time. */
  campaignId: string | null;
  picture: Picture | null;
  /** Chosen before the campaign was there: kept by the page until it is saved. */
  onWaiting: (image: Blob | null) => void;
  onSaved: (view: CampaignView) => void;
  /** What went wrong when the page itself sent it. */
  firstError: unknown;
};

/** Chooses, shows and sends the campaign's picture. A saved campaign gets it at once, a new one with its first save. */
export function PictureField({ campaignId, picture, onWaiting, onSaved, firstError }: Props) {
  const site = useTexts();
  const { edit: t } = useStudioTexts();
  const [chosen, setChosen] = useState<string | null>(null);
  const [doing, setDoing] = useState<'working' | 'sending' | null>(null);
  const [fault, setFault] = useState<PictureFault | null>(null);
  const [error, setError] = useState<unknown>(firstError);
  const [shrunk, setShrunk] = useState<{ was: number; is: number } | null>(null);
  const [isSaved, setIsSaved] = useState(false);
  /** A slow first choice must not end up over a quick second one. */
  const choice = useRef(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(
    () => () => {
      choice.current = -1;
    },
    [],
  );

  const choose = async (file: File) => {
    const mine = ++choice.current;
    const isOver = () => choice.current !== mine;
    setFault(null);
    setError(null);
    setShrunk(null);
    setIsSaved(false);
    setDoing('working');
    try {
      const ready = await readyToSend(file);
      if (isOver()) return;
      if (ready === 'big' || ready === 'kind') {
        setFault(ready);
        return;
      }
      const shown = await dataUrl(ready.image);
      if (isOver()) return;
      setChosen(shown);
      if (ready.was !== null) setShrunk({ was: ready.was, is: ready.image.size });
      if (campaignId === null) {
        onWaiting(ready.image);
        return;
      }
      setDoing('sending');
      const view = await sendPicture(campaignId, ready.image);
      if (isOver()) return;
      setIsSaved(true);
      onSaved(view);
    } catch (reason) {
      if (isOver()) return;
      setChosen(null);
      setError(reason);
    } finally {
      if (!isOver()) setDoing(null);
    }
  };

  const locale = language.value === 'en' ? 'en-GB' : 'id-ID';
  const isRefused =
    error instanceof ApiError && ['invalid-input', 'unsupported-media', 'too-large'].includes(error.code);
  const sentence =
    fault === 'big' || (error instanceof ApiError && error.code === 'too-large')
      ? t.faults.pictureBig
      : fault === 'kind' || isRefused
        ? t.faults.pictureKind
        : error
          ? sentenceOf(error, site)
          : null;
  const hasPicture = chosen !== null || picture !== null;
  return (
    <div class="field picture-field">
      <span class="label" id="f-picture-label">
        {t.picture}
      </span>
      <div class="picture-frame">
        {chosen ? (
          <img src={chosen} alt={t.pictureAlt} />
        ) : picture ? (
          <img src={picture.url} width={picture.width} height={picture.height} alt={t.pictureAlt} />
        ) : (
          <span class="quiet small">{t.noPicture}</span>
        )}
      </div>
      <div class="picture-tools">
        <input
          ref={input}
          id="f-picture"
          class="unseen picture-input"
          type="file"
          accept={PICTURE_TYPES.join(',')}
          aria-labelledby="f-picture-label f-picture-button"
          aria-describedby={`f-picture-hint${sentence ? ' f-picture-error' : ''}`}
          aria-invalid={sentence !== null}
          disabled={doing !== null}
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            // So that choosing the same file again is a choice too.
            currentTarget.value = '';
            if (file) void choose(file);
          }}
        />
        <label
          for="f-picture"
          id="f-picture-button"
          class="button button-quiet picture-button"
          aria-disabled={doing !== null || undefined}
        >
          {hasPicture ? t.otherPicture : t.choosePicture}
        </label>
        <span class="small quiet" role="status">
          {doing === 'working'
            ? t.pictureWorking
            : doing === 'sending'
              ? t.pictureSending
              : isSaved
                ? `${t.pictureSaved} `
                : chosen && campaignId === null
                  ? `${t.pictureWaits} `
                  : ''}
          {doing === null && shrunk && t.pictureShrunk(bytes(shrunk.was, locale), bytes(shrunk.is, locale))}
        </span>
      </div>
      <p class="hint" id="f-picture-hint">
        {t.pictureHint}
      </p>
      <FieldError id="f-picture-error" error={sentence} />
    </div>
  );
}
