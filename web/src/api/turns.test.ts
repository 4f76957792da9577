import { expect, it } from "vitest";
import { inTurn } from "./turns";

it("does four things at once, the others in order, whatever fails", async () => {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: 7 }, (_, each) =>
    inTurn(
      () =>
        new Promise<void>((done, fail) => {
          begun.push(each);
          ends.push(each === 1 ? () => fail(new Error("fault")) : done);
        }),
    ).catch(() => undefined),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[1]?.();
  await all[1];
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  for (let each = 0; each < 7; each += 1) {
    if (each === 1) continue;
    ends[each]?.();
    await all[each];
    await Promise.resolve();
  }
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
  await inTurn(async () => expect(begun).toHaveLength(7));
});
