// The arrow keys in the diagram: up and down in the order of the steps, left and right to what stands there.

/** Goes from one node or "+" to another. */
export function onArrow(event: KeyboardEvent) {
  const from = event.target;
  if (!(from instanceof HTMLElement) || !("stop" in from.dataset)) return;
  const all = [
    ...(from
      .closest(".diagram")
      ?.querySelectorAll<HTMLElement>("[data-stop]") ?? []),
  ];
  const to = target(event.key, from, all);
  if (!to) return;
  event.preventDefault();
  to.focus();
  to.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function target(key: string, from: HTMLElement, all: HTMLElement[]) {
  const at = all.indexOf(from);
  switch (key) {
    case "ArrowDown":
      return all[at + 1];
    case "ArrowUp":
      return all[at - 1];
    case "Home":
      return all[0];
    case "End":
      return all.at(-1);
    case "ArrowLeft":
      return beside(from, all, -1);
    case "ArrowRight":
      return beside(from, all, 1);
    default:
      return undefined;
  }
}

/** The nearest one on a side. */
function beside(from: HTMLElement, all: HTMLElement[], side: -1 | 1) {
  const middle = (one: HTMLElement) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2 };
  };
  const here = middle(from);
  const distance = (one: HTMLElement) => {
    const there = middle(one);
    return Math.abs(there.x - here.x) + 2 * Math.abs(there.y - here.y);
  };
  return all
    .filter((one) => (middle(one).x - here.x) * side > 20)
    .sort((one, other) => distance(one) - distance(other))[0];
}
