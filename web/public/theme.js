// Runs before the first paint, so that a chosen theme or language never flashes the other one first.
// A file of its own because the content security policy allows no inline script.
(() => {
  try {
    const root = document.documentElement;
    const theme = localStorage.getItem('sk.theme');
    if (theme === 'light' || theme === 'night') root.dataset.theme = theme;
    if (localStorage.getItem('sk.language') === 'en') root.lang = 'en';
  } catch {
    // Storage may be forbidden; the system's theme and Indonesian are then right.
  }
})();
