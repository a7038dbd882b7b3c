import type { ComponentChildren } from 'preact';

/** Line icons, 24 px, in the text's colour. Decoration: the control that holds one carries the words. */
const Icon = ({ children }: { children: ComponentChildren }) => (
  <svg
    class="icon"
    viewBox="0 0 24 24"
    width="22"
    height="22"
    fill="none"
    stroke="currentColor"
    stroke-width="1.9"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    {children}
  </svg>
);

export const MoonIcon = () => (
  <Icon>
    <path d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.700Z" />
  </Icon>
);
/** The sun on the horizon rather than a cogwheel of rays. */
export const SunIcon = () => (
  <Icon>
    <path d="M6.5 16a5.5 5.5 0 0 1 11 0M3 16h18M12 4.500V7M4.8 8.200l1.7 1.700M19.2 8.200l-1.7 1.700M8 19.500h8" />
  </Icon>
);
export const ShareIcon = () => (
  <Icon>
    <path d="M12 14.500V4M8 7.5 12 3.500l4 4M5 12.500V18a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5.5" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m5 12.5 4.5 4.500L19 7.5" />
  </Icon>
);
export const ArrowIcon = () => (
  <Icon>
    <path d="M5 12h14M13 6l6 6-6 6" />
  </Icon>
);
export const BackIcon = () => (
  <Icon>
    <path d="M19 12H5M11 6l-6 6 6 6" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <path d="M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20 20" />
  </Icon>
);
export const AlertIcon = () => (
  <Icon>
    <path d="M12 8v5M12 16.500v.1M12 3.5 2.8 19.500h18.400L12 3.500Z" />
  </Icon>
);

export const LinkIcon = () => (
  <Icon>
    <path d="M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1" />
  </Icon>
);

export const WhatsAppIcon = () => (
  <Icon>
    <path d="M4 20l1.200-4A8.300 8.300 0 1 1 8.200 19Z" />
    <path d="M9 8.600c-.6 2.600 3.600 6.900 6.300 6.300l.7-1.700-2-1-1 .8c-.8-.4-1.600-1.200-2-2l.8-1-1-2Z" />
  </Icon>
);
