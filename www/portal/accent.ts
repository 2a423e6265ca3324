// The colour of an integration, made fit to write on: whatever a project chooses, its text stays readable.

type Rgb = [number, number, number];

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** Uses this colour (`#rgb` or `#rrggbb`) for what the page is about; anything else changes nothing. */
export function showAccent(color: string): void {
  const accent = read(color);
  if (!accent) return;
  const ink =
    contrast(accent, WHITE) >= contrast(accent, BLACK) ? WHITE : BLACK;
  const { style } = document.documentElement;
  style.setProperty("--accent", css(accent));
  style.setProperty("--accent-ink", css(ink));
}

/** The contrast of two colours as WCAG 2 defines it: 1 to 21. */
function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].sort(
    (a, b) => b - a,
  ) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function read(color: string): Rgb | undefined {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(color.trim())?.[1];
  if (!hex) return undefined;
  const size = hex.length / 3;
  return [0, 1, 2].map((at) => {
    const part = hex.slice(at * size, (at + 1) * size);
    return parseInt(size === 1 ? part + part : part, 16);
  }) as Rgb;
}

const css = ([red, green, blue]: Rgb) => `rgb(${red} ${green} ${blue})`;
