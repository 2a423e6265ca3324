// Small pictures beside words. They say nothing to a screen reader: the words do.

/** Lines on a field of 24 by 24. */
const LINES = {
  overview: "M4 5h7v6H4z M14 5h6v4h-6z M14 12h6v7h-6z M4 14h7v5H4z",
  integrations: "M9 3v5 M15 3v5 M6 8h12v4a6 6 0 0 1-12 0z M12 18v3",
  users:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z M3 20a6 6 0 0 1 12 0 M16 4.5a3.5 3.5 0 0 1 0 6 M18 14.5a6 6 0 0 1 3 5.5",
  workflows:
    "M5 4h6v5H5z M13 15h6v5h-6z M8 9v4.5a4 4 0 0 0 4 4h1 M16 4.5v6 M13 7.5h6",
  runs: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M10 8.5v7l5.5-3.5z",
  events: "M4 12h3l3-7 4 14 3-7h3",
  deliveries: "M21 3 10.5 13.5 M21 3l-6.5 18-4-7.5L3 9.5z",
  usage: "M4 20h16 M7 16v-5 M12 16V5 M17 16v-8",
  health:
    "M12 20s-8-4.7-8-10.5A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8 2.5C20 15.3 12 20 12 20z",
  projects:
    "M3 7a2 2 0 0 1 2-2h4l2 2.5h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z",
  "sign-out":
    "M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4 M9 8l-4 4 4 4 M5 12h10",
  menu: "M4 7h16 M4 12h16 M4 17h16",
  close: "M6 6l12 12 M18 6 6 18",
  choose: "M8 10l4-4 4 4 M8 14l4 4 4-4",
  add: "M12 5v14 M5 12h14",
  check: "M5 12.5l4.5 4.5L19 7.5",
  copy: "M9 9h10v11H9z M5 15V4h10",
  download: "M12 4v11 M7.5 11l4.5 4.5 4.5-4.5 M5 20h14",
  external: "M14 4h6v6 M20 4l-9 9 M18 14v5H5V6h5",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 11v5.5 M12 7.5v.5",
  good: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M8 12.2l2.7 2.8L16 9.5",
  warn: "M12 4 2.5 20h19z M12 10v4.5 M12 17v.5",
  bad: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 7.5v5.5 M12 16v.5",
  key: "M8 17.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z M12.5 13H21v3.5 M17.5 13v2.5",
} as const;

export type IconName = keyof typeof LINES;

interface Props {
  name: IconName;
  /** Width and height in CSS pixels. */
  size?: number;
}

/** A small picture. */
export function Icon({ name, size = 18 }: Props) {
  return <Drawing class="icon" field={24} size={size} lines={LINES[name]} />;
}

interface DrawingProps {
  class: string;
  /** The field on which it is drawn is so wide and high. */
  field: number;
  /** Width and height in CSS pixels. */
  size: number;
  lines: string;
}

/** Lines in the colour of the words beside them. */
export function Drawing({ class: of, field, size, lines }: DrawingProps) {
  return (
    <svg
      class={of}
      width={size}
      height={size}
      viewBox={`0 0 ${field} ${field}`}
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={lines} />
    </svg>
  );
}
