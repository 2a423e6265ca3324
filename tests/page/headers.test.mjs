// The headers of everything that a browser shows or runs, to the letter: pages of the Worker, and the files that they load.
// And that no page of the console asks anybody else for anything.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";

import { operatorAt } from "../setup/operator.mjs";
import { assertAsksOnly, withPeople } from "../setup/person.mjs";
import { admin, newUser, opened, product, tokenOf } from "../setup/product.mjs";
import { asServer } from "../setup/watched.mjs";

const assets = join(import.meta.dirname, "../../worker/assets/static");

/** The headers that say what a browser may do with an answer. */
const NAMED = [
  "cache-control",
  "content-security-policy",
  "content-type",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "permissions-policy",
  "referrer-policy",
  "x-content-type-options",
  "x-frame-options",
];

/** What every page has. */
const PAGE = {
  "cache-control": "no-store",
  "content-type": "text/html; charset=utf-8",
  "x-content-type-options": "nosniff",
};

const UNFRAMED = { "x-frame-options": "DENY" };

/** A page that our own script fills. */
const shell = (framedBy, wasm = "") => ({
  ...PAGE,
  "content-security-policy": `default-src 'none'; script-src 'self'${wasm}; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors ${framedBy}; base-uri 'none'`,
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "same-origin",
});

const CONSOLE = { ...shell("'none'", " 'wasm-unsafe-eval'"), ...UNFRAMED };
const PORTAL = { ...shell("'none'"), ...UNFRAMED };

/** A page that is whole as it comes; its own style and script carry a number of this answer alone. */
const small = (forms = "form-action 'none'; ") => ({
  ...PAGE,
  ...UNFRAMED,
  "content-security-policy": `default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; ${forms}frame-ancestors 'none'; base-uri 'none'`,
  "referrer-policy": "no-referrer",
});

/** A small page with a form, which leads on to Zoom: a form's `Origin` is told only with this referrer policy. */
const asking = { ...small(""), "referrer-policy": "same-origin" };

/** A page as the Worker answers it. */
const got = (path, headers, more) =>
  fetch(new URL(path, product.worker), {
    headers,
    redirect: "manual",
    ...more,
  });

async function startPage() {
  const session = await opened(tokenOf(newUser("headers")), "sessions");
  return got(session.start_url);
}

async function loginPage() {
  const redirect_uri = `${product.page}/connected`;
  const wish = { provider: "zoom", redirect_uri };
  return got((await asServer("POST", "auth", wish)).url);
}

/** A portal that has just been entered by a form of this origin. */
async function portalPage(origin) {
  const portal = await opened(tokenOf(newUser("headers")), "portals");
  const entered = await fetch(portal.url, {
    method: "POST",
    headers: { origin },
    body: new URLSearchParams({ ticket: portal.ticket }),
    redirect: "manual",
  });
  assert.equal(entered.status, 303, await entered.text());
  const [cookie] = entered.headers.getSetCookie()[0].split(";");
  return got(entered.headers.get("location"), { cookie });
}

const badTicket = () =>
  got("/portal", undefined, {
    method: "POST",
    body: new URLSearchParams({ ticket: "x" }),
  });

function noncePage() {
  const query = new URLSearchParams({
    integrationId: product.integration_id,
    originForPostMessage: product.page,
  });
  return got(
    `/projects/${product.project_id}/sdk/actions/oauth-nonce?${query}`,
  );
}

/** Who may frame the portal: the project's pages. */
async function framed() {
  const { origins } = await admin("GET", `projects/${product.project_id}`);
  return origins.join(" ");
}

/** Each page: how it comes up, the status that it has, and its headers. */
const PAGES = [
  ["the console", () => got("/console"), 200, CONSOLE],
  ["a page below it", () => got("/console/health"), 200, CONSOLE],
  ["a start page that asks", startPage, 200, asking],
  ["a login link that asks", loginPage, 200, asking],
  ["where an operator's link ends", () => got("/connect/done"), 200, small()],
  ["an answer to nothing", () => got("/oauth"), 400, small()],
  ["the published package's first page", noncePage, 200, small()],
  ["a link that came to harm", () => got("/connect"), 404, small()],
  ["a ticket that nobody has", badTicket, 404, small()],
  ["a link to no session", () => got("/connect/start?session=x"), 404, small()],
  ["the portal", () => portalPage(product.page), 200, PORTAL],
  ["a portal that asks", () => portalPage("null"), 200, asking],
  ["a portal's frame of no project yet", () => got("/ui"), 200, shell("*")],
  [
    "a portal that nobody entered",
    () => got(`/portal/${randomUUID()}`),
    404,
    small(),
  ],
];

/** The headers of an answer that count, with its nonce taken out. */
function headersOf(answer) {
  const given = NAMED.filter((name) => answer.headers.has(name));
  return Object.fromEntries(
    given.map((name) => [
      name,
      answer.headers
        .get(name)
        .replaceAll(/'nonce-[\w-]{22}'/g, "'nonce-{nonce}'"),
    ]),
  );
}

/** Nothing in a page comes from elsewhere, and what stands in it outright carries its nonce. */
function nothingForeign(html, policy) {
  const nonce = /'nonce-([\w-]+)'/.exec(policy)?.[1];
  for (const [tag, name] of html.matchAll(/<(script|style)\b[^>]*>/g)) {
    const isOwn = name === "script" && / src="\/static\//.test(tag);
    assert.ok(isOwn || tag.includes(`nonce="${nonce}"`), tag);
  }
  assert.doesNotMatch(html, /\s(style|on\w+)="/);
  for (const [, address] of html.matchAll(/ (?:src|href)="([^"]*)"/g))
    assert.match(address, /^\/static\//);
}

describe("a page", () => {
  for (const [name, page, status, wanted] of PAGES)
    test(`${name} has its headers, and nothing of others`, async () => {
      const answer = await page();
      const html = await answer.text();
      assert.equal(answer.status, status, html);
      assert.deepEqual(headersOf(answer), wanted);
      nothingForeign(html, answer.headers.get("content-security-policy"));
    });

  test("the portal in a frame is for the project's pages alone", async () => {
    const answer = await got(`/ui?projectId=${product.project_id}`);
    assert.equal(answer.status, 200);
    assert.deepEqual(headersOf(answer), shell(await framed()));
    nothingForeign(
      await answer.text(),
      answer.headers.get("content-security-policy"),
    );
  });

  test("two answers of one page have different nonces", async () => {
    const policies = await Promise.all(
      [got("/connect/done"), got("/connect/done")].map(async (answer) =>
        (await answer).headers.get("content-security-policy"),
      ),
    );
    assert.notEqual(policies[0], policies[1]);
  });
});

describe("a file that pages load", () => {
  const FILE = {
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
  };
  const types = {
    js: "text/javascript; charset=utf-8",
    css: "text/css; charset=utf-8",
    svg: "image/svg+xml",
    wasm: "application/wasm",
  };
  let files;

  before(() => {
    const all = readdirSync(assets, { recursive: true, withFileTypes: true });
    files = all
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) =>
        join(parentPath, name).slice(assets.length + 1),
      );
    for (const ending of Object.keys(types))
      assert.ok(
        files.some((file) => file.endsWith(`.${ending}`)),
        ending,
      );
  });

  test("is asked for again, unless its name says what is in it", async () => {
    for (const file of files) {
      const answer = await got(`/static/${file}`);
      assert.equal(answer.status, 200, file);
      const isNamed = file.includes("/chunks/");
      assert.deepEqual(headersOf(answer), {
        ...FILE,
        "cache-control": isNamed
          ? "public, max-age=31536000, immutable"
          : "no-cache",
        "content-type": types[file.split(".").at(-1)],
      });
      const etag = answer.headers.get("etag");
      const again = await got(`/static/${file}`, { "if-none-match": etag });
      assert.equal(again.status, 304, file);
    }
  });

  test("is something that was built: no source, no map, nothing hidden", () => {
    const strange = files.filter((file) => !/^[\w/-]+\.\w+$/.test(file));
    assert.deepEqual(strange, []);
    const known = files.filter((file) => types[file.split(".").at(-1)]);
    assert.deepEqual(files, known);
  });

  test("is found nowhere else: what is not built is not served", async () => {
    for (const path of ["/_headers", "/static/", "/static/console/main.tsx"])
      assert.equal((await got(path)).status, 404, path);
  });
});

describe("the console", () => {
  withPeople();

  test("asks nobody else for anything, on any page", async () => {
    const project = `/console/projects/${product.project_id}`;
    const { person, page } = await operatorAt("/console");
    for (const path of [
      "/console/health",
      ...["", "/integrations", `/integrations/${product.integration_id}`],
      ...["/users", "/workflows", "/runs", "/events", "/deliveries", "/usage"],
    ]) {
      const own = path.startsWith("/console") ? path : project + path;
      await page.goto(product.worker + own);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
    }
    assertAsksOnly(person, [product.worker]);
  });
});
