import { expect, it } from "vitest";
import { pieces } from "./suspicious";

it("shows characters that cannot be seen, and leaves all others", () => {
  expect(pieces("gnp\u202egpj.exe")).toEqual([
    { at: 0, text: "gnp", hidden: false },
    { at: 3, text: "U+202E", hidden: true },
    { at: 4, text: "gpj.exe", hidden: false },
  ]);
  expect(pieces("\u200bx")).toEqual([
    { at: 0, text: "U+200B", hidden: true },
    { at: 1, text: "x", hidden: false },
  ]);
  expect(pieces("محمد Åsa 李")).toEqual([{ at: 0, text: "محمد Åsa 李", hidden: false }]);
  expect(pieces("")).toEqual([]);
});
