import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": here("./src") } },
  build: {
    outDir: here("../src/segmentry/web_dist"),
    emptyOutDir: true,
    target: "es2022",
    // Nothing is inlined: the server's policy allows no script and no font that is not a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    // A page that Vite serves while the screens are worked on, in front of `make serve`.
    proxy: {
      "/api": { target: "http://127.0.0.1:8321", changeOrigin: false },
      "/health": "http://127.0.0.1:8321",
    },
  },
});
