/** A voice that never comes to its end, or that is not there, must not hold the alerts that wait. */
const SPEECH_MS_MAX = 25_000;

/** Reads aloud by the browser's own voice; resolves when it is done, was stopped, or cannot. */
export function say(words: string, voice: string, stop: AbortSignal): Promise<void> {
  const speech = window.speechSynthesis as SpeechSynthesis | undefined;
  if (!speech || stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const utterance = new SpeechSynthesisUtterance(words);
    utterance.lang = voice;
    const own = speech.getVoices().find(({ lang }) => lang.replace('_', '-') === voice);
    if (own) utterance.voice = own;
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const cut = () => {
      speech.cancel();
      done();
    };
    const timer = setTimeout(cut, SPEECH_MS_MAX);
    utterance.onend = done;
    utterance.onerror = done;
    stop.addEventListener('abort', cut, { once: true });
    speech.speak(utterance);
  });
}
