// A product's page as its makers wrote it for `@useparagon/connect`. The test sets `options`, presses the button and reads
// `seen`: what the package told the page, in order.

import { paragon } from "@useparagon/connect";

const seen = [];
const note = (what) => (value) => seen.push({ what, value: plain(value) });

/** What of a value survives the way to the test. */
function plain(value) {
  if (value instanceof Error) return { message: value.message };
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}

paragon.subscribe("onIntegrationInstall", note("onIntegrationInstall"));
paragon.subscribe("onIntegrationUninstall", note("onIntegrationUninstall"));

paragon.subscribe("onPortalOpen", note("onPortalOpen"));
paragon.subscribe("onPortalClose", note("onPortalClose"));

for (const [id, method] of [
  ["install", "installIntegration"],
  ["portal", "connect"],
])
  document.querySelector(`#${id}`).addEventListener("click", () => {
    const callbacks = {
      onInstall: note("onInstall"),
      onError: note("onError"),
    };
    paragon[method]("zoom", { ...window.options, ...callbacks }).then(
      note("resolved"),
      note("rejected"),
    );
  });

Object.assign(window, { paragon, seen, options: {} });
