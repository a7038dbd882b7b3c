import { PICTURE_BYTES_MAX } from '../../../server/protocol/campaigns.ts';

export const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'];
/** Larger than any screen of the campaign page asks for; a telephone's photo comes down from 5 MB to some 400 kB. */
const WIDTH_MAX = 2_000;
const HEIGHT_MAX = 1_250;
/** Below this a picture is sent as it is. */
const BYTES_FINE = 1_000_000;
const JPEG_QUALITY = 0.9;

export type PictureFault = 'big' | 'kind';
export type Ready = {
  image: Blob /** Bytes before it was made smaller; null if it was sent as chosen. */;
  was: number | null;
};

/** Not every browser opens it; the server does. */
const PERHAPS_UNKNOWN = 'image/avif';

/** The chosen file, made smaller where that spares the sender's data; the server has the last word. */
export async function readyToSend(file: File): Promise<Ready | PictureFault> {
  if (!PICTURE_TYPES.includes(file.type)) return 'kind';
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap && file.type !== PERHAPS_UNKNOWN) return 'kind';
  if (!bitmap) return file.size > PICTURE_BYTES_MAX ? 'big' : { image: file, was: null };
  const scale = Math.min(1, WIDTH_MAX / bitmap.width, HEIGHT_MAX / bitmap.height);
  if (file.size <= BYTES_FINE) {
    bitmap.close();
    return { image: file, was: null };
  }
  const smaller = await asJpeg(bitmap, scale);
  bitmap.close();
  if (smaller && smaller.size < file.size && smaller.size <= PICTURE_BYTES_MAX) {
    return { image: smaller, was: file.size };
  }
  return file.size > PICTURE_BYTES_MAX ? 'big' : { image: file, was: null };
}

function asJpeg(bitmap: ImageBitmap, scale: number): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const drawing = canvas.getContext('2d');
  if (!drawing) return Promise.resolve(null);
  // JPEG knows no transparency: without a ground it would turn black.
  drawing.fillStyle = '#ffffff';
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY));
}

/** As an address that the content security policy lets an image have; it forbids blob:. */
export function dataUrl(image: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(image);
  });
}

/** "1,4 MB", "380 kB". */
export const bytes = (count: number, locale: string): string =>
  count >= 1_000_000
    ? `${(count / 1_000_000).toLocaleString(locale, { maximumFractionDigits: 1 })} MB`
    : `${Math.max(1, Math.round(count / 1_000)).toLocaleString(locale)} kB`;
