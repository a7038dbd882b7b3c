/** Bounds of what people type, in characters. */
export const NAME_MAX = 80;
export const EMAIL_MAX = 254;
export const MESSAGE_MAX = 280;
export const TITLE_MAX = 80;
export const STORY_MAX = 20_000;
export const NOTE_MAX = 1_000;
