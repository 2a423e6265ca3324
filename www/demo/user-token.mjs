// Signs user tokens as a product's own server does: RS256 with the project's signing key, which never
// leaves the server. `node user-token.mjs <project.json> <user id> [seconds]` prints one.
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const encode = (value) =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signs a token that says which user is signed in, for so many seconds. */
export function userToken(project, user, expiresIn = 3600) {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: "RS256", typ: "JWT", kid: project.signing_key_id };
  const claims = { sub: user, iat: now, exp: now + expiresIn };
  const signed = `${encode(header)}.${encode(claims)}`;
  const key = createPrivateKey(project.signing_key);
  const signature = sign("sha256", Buffer.from(signed), key);
  return `${signed}.${signature.toString("base64url")}`;
}

const [, script, file, user, seconds] = process.argv;
if (script && import.meta.url === pathToFileURL(script).href) {
  const project = JSON.parse(readFileSync(file, "utf8"));
  console.log(userToken(project, user, Number(seconds ?? 3600)));
}
