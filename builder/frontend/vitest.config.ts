import { defineConfig } from "vitest/config";

// The model and the store are plain functions: they are tested without a browser.
export default defineConfig({ test: { environment: "node", include: ["src/**/*.test.ts"] } });
