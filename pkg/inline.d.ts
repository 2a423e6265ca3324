// The types of the inline form are those of the main one.

export * from "./index.js";
export { default } from "./index.js";
