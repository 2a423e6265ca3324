// The picture of a provider.

interface Props {
  /** `#rrggbb` */
  color?: string | undefined;
  /** Width and height in CSS pixels. */
  size?: number;
}

/** Zoom's camera on a field of a colour. */
export function Logo({ color, size = 36 }: Props) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <rect width="24" height="24" rx="6" fill={color || "#0b5cff"} />
      <path
        fill="#fff"
        d="M5 9.5A1.5 1.5 0 0 1 6.5 8h6A1.5 1.5 0 0 1 14 9.5v5a1.5 1.5 0 0 1-1.5 1.5h-6A1.5 1.5 0 0 1 5 14.5zM15 11.2l3.5-2.4a.4.4 0 0 1 .6.3v5.8a.4.4 0 0 1-.6.3L15 12.8z"
      />
    </svg>
  );
}
