// What the bundler makes of files that are no scripts.

declare module "*?url" {
  /** Where the file is served. */
  const address: string;
  export default address;
}
