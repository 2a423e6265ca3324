// Builds one of the Worker's pages into its static assets: `vite build www --mode console` or `--mode portal`. The entry
// and its style have fixed names, which the Worker's shell names (src/edge/page.rs); everything else has its hash and stands
// in a folder, for which worker/assets/_headers lets browsers keep it for ever.

import { join } from "node:path";
import { defineConfig } from "vite";

const PAGES = ["console", "portal"];

export default defineConfig(({ mode }) => {
  if (!PAGES.includes(mode))
    throw new Error(`--mode is one of: ${PAGES.join(", ")}`);
  return {
    root: import.meta.dirname,
    base: `/static/${mode}/`,
    publicDir: false,
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      outDir: join(import.meta.dirname, "../worker/assets/static", mode),
      emptyOutDir: true,
      target: "es2022",
      modulePreload: { polyfill: false },
      // A style that is inlined as a data URL would need an exception in the CSP.
      assetsInlineLimit: 0,
      cssCodeSplit: false,
      rollupOptions: {
        input: join(import.meta.dirname, mode, "main.tsx"),
        output: {
          entryFileNames: `${mode}.js`,
          chunkFileNames: "chunks/[name]-[hash].js",
          assetFileNames: ({ names }) =>
            names.some((name) => name.endsWith(".css"))
              ? `${mode}.css`
              : "chunks/[name]-[hash][extname]",
        },
      },
    },
  };
});
