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

document.querySelector("#install").addEventListener("click", () => {
  const callbacks = { onInstall: note("onInstall"), onError: note("onError") };
  paragon
    .installIntegration("zoom", { ...window.options, ...callbacks })
    .then(note("resolved"), note("rejected"));
});

Object.assign(window, { paragon, seen, options: {} });
