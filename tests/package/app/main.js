// What a customer's page is: the import line, and a button. The tests drive the rest through `window.isthmus`.

import { isthmus } from "@isthmus/connect";

window.isthmus = isthmus;
document.querySelector("#connect").addEventListener("click", () => {
  window.connected = isthmus[window.method ?? "installIntegration"](
    "zoom",
    window.options,
  );
  window.connected.catch(() => {});
});
