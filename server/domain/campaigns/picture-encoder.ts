import sharp from 'sharp';
import { PICTURE_BYTES_MAX } from '../../protocol/campaigns.ts';
import { Refusal } from '../refusal.ts';

/** A picture as it is kept: WebP without metadata, upright, within 1600 × 900. */
export type EncodedPicture = { bytes: Buffer; width: number; height: number };
/**
 * Throws Refusal 'invalid-input' for what is no picture, or one too large to be opened; 'unavailable' when too many
 * wait.
 */
export type EncodePicture = (bytes: Buffer) => Promise<EncodedPicture>;

const WIDTH_MAX = 1_600;
const HEIGHT_MAX = 900;
const QUALITY = 80;
/** 40 megapixels are 160 MB when opened; the picture of a telephone has 12 to 24. */
const PIXELS_MAX = 40_000_000;
const SECONDS_MAX = 10;
/** Each takes a core. */
const AT_ONCE_MAX = 2;
/** Each holds its 5 MB. */
const QUEUE_MAX = 8;

// Told by their first bytes, not by what the sender calls them: sharp would open SVG, PDF or TIFF as well.
const ascii = (bytes: Buffer, from: number, to: number): string => bytes.toString('latin1', from, to);
const KINDS: ((bytes: Buffer) => boolean)[] = [
  (bytes) => ascii(bytes, 0, 3) === '\xff\xd8\xff',
  (bytes) => ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n',
  (bytes) => ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP',
  (bytes) => ascii(bytes, 4, 8) === 'ftyp' && ['avif', 'avis', 'mif1'].includes(ascii(bytes, 8, 12)),
];

/** Re-encodes pictures, a few at a time. Nothing of what was sent survives but what is seen. */
export function pictureEncoder({
  atOnceMax = AT_ONCE_MAX,
  queueMax = QUEUE_MAX,
}: {
  atOnceMax?: number;
  queueMax?: number;
} = {}): EncodePicture {
  // Otherwise every picture takes as many threads as there are cores, and requests wait for them.
  sharp.concurrency(1);
  let running = 0;
  const waiting: (() => void)[] = [];

  return async (bytes) => {
    if (running >= atOnceMax) {
      if (waiting.length >= queueMax) {
        throw new Refusal('unavailable', 'Many pictures are arriving. Please try again shortly.', {
          retryAfter: 5,
        });
      }
      // Whoever leaves hands its place on, so that `running` never counts a newcomer in between.
      await new Promise<void>((go) => waiting.push(go));
    } else {
      running += 1;
    }
    try {
      return await encode(bytes);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

async function encode(bytes: Buffer): Promise<EncodedPicture> {
  if (bytes.length === 0 || !KINDS.some((is) => is(bytes)))
    throw refuse('picture is not a JPEG, PNG, WebP or AVIF image');
  try {
    const { data, info } = await sharp(bytes, {
      limitInputPixels: PIXELS_MAX,
      failOn: 'error',
      sequentialRead: true,
    })
      .timeout({ seconds: SECONDS_MAX })
      .autoOrient()
      .resize({ width: WIDTH_MAX, height: HEIGHT_MAX, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: QUALITY })
      .toBuffer({ resolveWithObject: true });
    if (data.length > PICTURE_BYTES_MAX) throw refuse('picture is too large');
    return { bytes: data, width: info.width, height: info.height };
  } catch (fault) {
    if (fault instanceof Refusal) throw fault;
    // libvips says in its own words why it could not read the bytes; all of it is the bytes' fault.
    throw refuse(`picture cannot be read, or has more than ${PIXELS_MAX / 1_000_000} megapixels`);
  }
}

const refuse = (message: string): Refusal =>
  new Refusal('invalid-input', 'Some fields need attention.', { errors: [{ path: 'picture', message }] });
