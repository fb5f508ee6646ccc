import { readFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { mockServer } from "./mock/server";

const root = import.meta.dirname;

// The editor on made-up data, for looking at: `npm run dev`, then ?theme=dark, ?view=live&run=1.
export default defineConfig({
  root,
  publicDir: false,
  plugins: [
    react(),
    mockServer(),
    {
      name: "static",
      configureServer(server) {
        server.middlewares.use("/static", (request, response, next) => {
          const path = (request.url ?? "").split("?")[0]!;
          if (path.includes("..")) return next();
          try {
            const body = readFileSync(join(root, "../../../static", path));
            const type = path.endsWith(".css") ? "text/css" : path.endsWith(".svg") ? "image/svg+xml" : path.endsWith(".js") ? "text/javascript" : "font/woff2";
            response.setHeader("Content-Type", type);
            response.end(body);
          } catch {
            next();
          }
        });
      },
    },
  ],
  server: { port: 5199, strictPort: true, host: "127.0.0.1", fs: { allow: [join(root, "..")] } },
});
