/** The mark: the sun on the ridge, which is the boat turned over. Takes the text's colour. */
export const Logo = () => (
  <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <circle cx="18.5" cy="12" r="6.5" fill="#f2a541" />
    <path
      d="M1 25C5.5 23.4 7.6 18.6 10.8 17.400c2.6-.7 4.9.1 7.1 0 2.3-.2 3.7-.3 5.2.2C26 18.8 27.2 23.2 31 25Z"
      fill="currentColor"
    />
    <path d="M6 28.500h20" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />
  </svg>
);
