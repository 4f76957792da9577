import { defineConfig } from "@hey-api/openapi-ts";

// The client of the HTTP interface: made by every build, never edited, not in git.
export default defineConfig({
  input: "./openapi.json",
  output: { path: "./src/api/generated", clean: true },
  logs: { level: "warn", file: false },
  plugins: [
    { name: "@hey-api/client-fetch", throwOnError: true },
    "@hey-api/typescript",
    "@hey-api/sdk",
  ],
});
