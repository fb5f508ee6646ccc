import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// One script and one style sheet under fixed names: Django's hashed static storage renames them, and
// running Trellis needs no node. The bundle is a pure function of the sources and the lock file.
export default defineConfig({
  base: "/static/builder/",
  plugins: [react()],
  publicDir: false,
  build: {
    outDir: "../../static/builder",
    emptyOutDir: true,
    sourcemap: false,
    cssCodeSplit: false,
    target: "es2022",
    modulePreload: false,
    rolldownOptions: {
      input: "src/main.tsx",
      output: {
        codeSplitting: false,
        entryFileNames: "editor.js",
        assetFileNames: "editor[extname]",
      },
    },
  },
});
