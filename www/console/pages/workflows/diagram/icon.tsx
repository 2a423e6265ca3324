// A small picture for each kind of step.

import { Drawing } from "../../../kit/icon.tsx";

const PATHS: Readonly<Record<string, string>> = {
  trigger: "M13 2 4 14h7l-1 8 9-12h-7z",
  settings: "M4 7h9m4 0h3M4 17h3m4 0h9M15 5v4M9 15v4",
  about: "M12 8h.01M11 12h1v5h1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  condition: "M12 3v6m0 0-6 6v6m6-12 6 6v6",
  fan_out: "M5 12h4m0 0 6-7h4M9 12h10M9 12l6 7h4",
  delay: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  response: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 6 6v5",
  request: "M4 12h14m-5-6 6 6-6 6",
};

/** Whatever is done at Zoom. */
const ZOOM = "M3 7h11v10H3zM14 11l7-4v10l-7-4z";

/** The picture of a step's type. */
export function KindIcon({ type }: { type: string }) {
  const lines = PATHS[type] ?? ZOOM;
  return <Drawing class="icon kind-icon" field={24} size={18} lines={lines} />;
}
