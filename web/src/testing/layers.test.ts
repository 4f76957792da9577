import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");

// What each folder may import; a folder that is not here has no place yet.
const MAY: Record<string, readonly string[]> = {
  app: ["app", "features", "builder", "query", "api", "ui"],
  features: ["builder", "query", "api", "ui"],
  builder: ["builder", "query", "api", "ui"],
  query: ["query"],
  api: ["api"],
  ui: ["ui"],
  testing: ["testing", "app", "features", "builder", "query", "api", "ui"],
};

function files(): string[] {
  return readdirSync(ROOT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith("api/generated"));
}

/** The files of ours that a text imports, as paths below `src`. */
function imported(path: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const names = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(
    (match) => match[1] ?? "",
  );
  return names
    .filter((name) => name.startsWith("@/") || name.startsWith("."))
    .map((name) => (name.startsWith("@/") ? name.slice(2) : join(path, "..", name)));
}

/** Whether an import goes where the folder must not look. */
function forbidden(path: string, target: string): boolean {
  const [folder = "", feature] = path.split("/");
  const [into = "", other] = target.split("/");
  if (folder === "features" && into === "features") return feature !== other;
  return !MAY[folder]?.includes(into);
}

describe("imports", () => {
  it("point one way, and no feature knows another", () => {
    const wrong = files().flatMap((path) =>
      imported(path)
        .filter((target) => forbidden(path, target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("are told apart", () => {
    expect(forbidden("ui/Page.tsx", "api/index")).toBe(true);
    expect(forbidden("features/home/HomePage.tsx", "features/segments/reach")).toBe(true);
    expect(forbidden("features/home/HomePage.tsx", "features/home/rfm")).toBe(false);
    expect(forbidden("query/tree.ts", "ui/format")).toBe(true);
    expect(forbidden("somewhere/else.ts", "ui/format")).toBe(true);
  });
});
