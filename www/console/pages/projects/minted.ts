// Secrets as they are shown once.

/** One secret. */
export interface Minted {
  label: string;
  value: string;
  hint?: string;
  testId: string;
  /** The name of the file that it can be kept in. */
  file?: string;
}

/** The private part of a signing key. */
export const mintedKey = (id: string, private_key: string): Minted => ({
  label: "Signing key (private part)",
  value: private_key,
  hint: "Your server signs user tokens with it (RS256). We keep the public part alone.",
  testId: "private-key",
  file: `isthmus-signing-key-${id.slice(0, 8)}.pem`,
});
