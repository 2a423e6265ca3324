// The operator of the product, who comes to the console with a browser and signs in by its form.

import { person } from "./person.mjs";
import { admin, newUser, product } from "./product.mjs";

/** A browser whose pictures are kept, and whose clipboard can be read. */
export const AT_A_DESK = {
  viewport: { width: 1280, height: 860 },
  permissions: ["clipboard-read", "clipboard-write"],
};

/** Opens a page of the console: `/console/projects/…`; nobody is signed in. Answers `{ person, page }`. */
export async function visitorAt(path, options) {
  const visitor = await person(options);
  // The page asks whether somebody is signed in; the browser writes the answer "nobody" to its console.
  visitor.excuse(/status of 401.*\/admin\/session/);
  // A project without an event endpoint.
  visitor.excuse(/status of 404.*\/event-endpoint/);
  const page = await visitor.open(product.worker + path);
  return { person: visitor, page };
}

/** Opens a page of the console, signed in; the page that was asked for has come up. Answers `{ person, page }`. */
export async function operatorAt(path, options) {
  const at = await visitorAt(path, options);
  await signIn(at.page, product.admin_secret);
  await at.page.getByTestId("signed-in").waitFor();
  return at;
}

/** Fills in the form of the sign-in page and sends it. */
export async function signIn(page, secret) {
  await page.getByTestId("admin-secret").fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** A project of a test's own, with an origin and a signing key. */
export const newProject = (name = newUser("Globex")) =>
  admin("POST", "projects", {
    name,
    origins: ["https://globex.example"],
    signing_key: { generate: true },
  });

/** Gives the page this answer for a path (`unreachable`: none), until what it answers is called. */
export async function answered(page, path, answer) {
  const pattern = (url) => url.pathname === path;
  await page.route(pattern, (route) =>
    answer === "unreachable" ? route.abort() : route.fulfill(answer),
  );
  return () => page.unroute(pattern);
}

/** What the page asks before it does something. */
export const question = (page) => page.getByRole("dialog");

/** What is in the clipboard. */
export const clipboard = (page) =>
  page.evaluate(() => navigator.clipboard.readText());
