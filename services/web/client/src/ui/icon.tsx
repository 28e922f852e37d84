import type { ReactNode } from 'react';

const SHAPES = {
  boom: (
    <>
      <path d="M8 1.75 14.25 8 8 14.25 1.75 8zM8 5v3.5m0 2.25v.01" />
    </>
  ),
  check: (
    <>
      <path d="m3.5 8.5 3 3 6-7" />
    </>
  ),
  click: (
    <>
      <path d="M6 6l6.5 2.5-2.75 1.25L8.5 12.5z" />
      <path d="M3 3.5l1 1M6 2v1.25M2 6h1.25" />
    </>
  ),
  clock: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 5v3.25L10 9.5" />
    </>
  ),
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 3.25A1.25 1.25 0 0 0 9.25 2.5h-5.5c-.7 0-1.25.55-1.25 1.25v5.5c0 .55.3 1 .75 1.2" />
    </>
  ),
  outcomes: (
    <>
      <path d="M2 3h12L9.5 8.5V13l-3 1.5v-6z" />
    </>
  ),
  deploys: (
    <>
      <path d="M4 2v12.5M4 2.5l8.5 3L4 8.5" />
    </>
  ),
  down: (
    <>
      <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />
    </>
  ),
  flag: (
    <>
      <path d="M3.5 14V2.5h8l-2 3 2 3h-8" />
    </>
  ),
  http: (
    <>
      <path d="M5 13V3L2.5 5.5M11 3v10l2.5-2.5" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 7.5V11M8 5.25v.01" />
    </>
  ),
  issues: (
    <>
      <path d="M2.5 4h11M2.5 8h11M2.5 12h6" />
    </>
  ),
  key: (
    <>
      <circle cx="5" cy="11" r="2.5" />
      <path d="m7 9 6-6m-2 2 1.5 1.5" />
    </>
  ),
  laptop: (
    <>
      <path d="M3.5 3.5h9v6.5h-9zM1.5 12.5h13" />
    </>
  ),
  left: (
    <>
      <path d="m9.5 4.5-3.5 3.5 3.5 3.5" />
    </>
  ),
  logo: (
    <>
      <path d="M1.5 12.5h6V5.2h7" strokeWidth="2" />
      <path d="M7.5 1v14" strokeWidth="1" opacity=".55" />
    </>
  ),
  more: (
    <>
      <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2" />
    </>
  ),
  mute: (
    <>
      <path d="M3.5 11.5h9c-1-1-1.25-2-1.25-4.5A3.25 3.25 0 0 0 4.75 7c0 2.5-.25 3.5-1.25 4.5zM2.5 2.5l11 11" />
    </>
  ),
  nav: (
    <>
      <path d="M2.5 8h10m-4-4 4 4-4 4" />
    </>
  ),
  people: (
    <>
      <circle cx="8" cy="5" r="2.75" />
      <path d="M2.75 14c.5-2.9 2.5-4.4 5.25-4.4s4.75 1.5 5.25 4.4" />
    </>
  ),
  phone: (
    <>
      <rect x="4.5" y="1.75" width="7" height="12.5" rx="1.5" />
      <path d="M7.5 12h1" />
    </>
  ),
  right: (
    <>
      <path d="m6.5 4.5 3.5 3.5-3.5 3.5" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.25" />
      <path d="m10.25 10.25 3.5 3.5" />
    </>
  ),
  send: (
    <>
      <path d="M14 2 7 9M14 2l-4.5 12L7 9 2 6.5z" />
    </>
  ),
  settings: (
    <>
      <path d="M2 4.5h7m3.5 0H14M2 11.5h1.5m3.5 0h7" />
      <circle cx="10.75" cy="4.5" r="1.75" />
      <circle cx="5.25" cy="11.5" r="1.75" />
    </>
  ),
  sun: (
    <>
      <circle cx="8" cy="8" r="2.75" />
      <path d="M8 1.5v1.25m0 10.5v1.25M1.5 8h1.25m10.5 0h1.25M3.4 3.4l.9.9m7.4 7.4.9.9m0-9.2-.9.9m-7.4 7.4-.9.9" />
    </>
  ),
  tablet: (
    <>
      <rect x="3" y="1.75" width="10" height="12.5" rx="1.5" />
      <path d="M7.5 12h1" />
    </>
  ),
  term: (
    <>
      <path d="m3 4.5 3.5 3.5L3 11.5M8.5 11.5H13" />
    </>
  ),
  undo: (
    <>
      <path d="M5.5 3 2.5 6l3 3M2.5 6h7a3.75 3.75 0 0 1 0 7.5H6" />
    </>
  ),
  wifi: (
    <>
      <path d="M2 6c3.5-3 8.5-3 12 0M4.25 8.75c2.2-1.9 5.3-1.9 7.5 0M8 12v.01M2.5 2.5l11 11" />
    </>
  ),
  x: (
    <>
      <path d="m4 4 8 8M12 4l-8 8" />
    </>
  ),
  db: (
    <>
      <ellipse cx="8" cy="4" rx="5" ry="1.75" />
      <path d="M3 4v8c0 1 2.2 1.75 5 1.75s5-.75 5-1.75V4M3 8c0 1 2.2 1.75 5 1.75S13 9 13 8" />
    </>
  ),
  setup: (
    <>
      <path d="M8 2.5v7m-3-3 3 3 3-3M2.5 10.5v3h11v-3" />
    </>
  ),
  system: (
    <>
      <path d="M1.5 8.5h3l2-5 3 9 2-4h3" />
    </>
  ),
  moon: (
    <>
      <path d="M13.5 9.6A5.75 5.75 0 0 1 6.4 2.5a5.75 5.75 0 1 0 7.1 7.1z" />
    </>
  ),
  screen: (
    <>
      <path d="M2 3h12v8H2zM6 13.5h4" />
    </>
  ),
  user: (
    <>
      <circle cx="8" cy="5" r="2.75" />
      <path d="M2.75 14c.5-2.9 2.5-4.4 5.25-4.4s4.75 1.5 5.25 4.4" />
    </>
  ),
} as const satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

/** A drawing beside a word, or inside of something that has a name. */
export function Icon({
  name,
  small,
  className = '',
}: {
  name: IconName;
  small?: boolean;
  className?: string;
}) {
  return (
    <svg className={`i${small === true ? ' s' : ''} ${className}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  );
}
