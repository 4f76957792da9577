import { describe, expect, it } from "vitest";
import * as f from "./format";

const LONDON = "Europe/London";

describe("numbers", () => {
  it("have commas and a true minus", () => {
    expect(f.number(1234567)).toBe("1,234,567");
    expect(f.signed(36)).toBe("+36");
    expect(f.signed(-4800)).toBe("−4,800");
    expect(f.signed(0)).toBe("0");
  });

  it("are shares with one decimal; a share of nothing is none", () => {
    expect(f.share(352, 5942)).toBe("5.9%");
    expect(f.share(1, 1)).toBe("100.0%");
    expect(f.share(0, 0)).toBe("–");
  });
});

describe("money", () => {
  it("is exact to the penny, however large", () => {
    expect(f.money("16636643.9870", "GBP")).toBe("£16,636,643.99");
    expect(f.money("90071992547409931.0100", "EUR")).toBe("€90,071,992,547,409,931.01");
    expect(f.money("-12.5000", "GBP")).toBe("−£12.50");
  });

  it("has the decimals of its currency", () => {
    expect(f.money("1200.0000", "JPY")).toBe("¥1,200");
  });
});

describe("moments", () => {
  it("are told in the store's zone, whatever the browser's", () => {
    expect(f.moment("2026-11-20T14:02:11Z", LONDON)).toBe("20 Nov 2026, 14:02:11");
    expect(f.moment("2026-07-20T23:30:00Z", LONDON)).toBe("21 Jul 2026, 00:30:00");
    expect(f.moment("2026-11-20T14:02:11Z", "Asia/Tokyo")).toBe("20 Nov 2026, 23:02:11");
  });

  it("have a zone with an offset where it is asked for", () => {
    expect(f.wholeMoment("2026-07-20T10:00:00Z", LONDON)).toBe(
      "20 Jul 2026, 11:00:00, Europe/London (GMT+1)",
    );
  });

  it("are the time alone on the same day", () => {
    const now = new Date("2026-11-20T18:00:00Z");
    expect(f.timeOrMoment("2026-11-20T14:02:11Z", LONDON, now)).toBe("14:02:11");
    expect(f.timeOrMoment("2026-11-19T14:02:11Z", LONDON, now)).toBe("19 Nov 2026, 14:02:11");
  });

  it("have short months of three letters", () => {
    expect(f.plainDay("2026-09-01")).toBe("1 Sep 2026");
    expect(f.shortDay("2026-09-01")).toBe("1 Sep");
  });

  it("are days of the store", () => {
    expect(f.isoDay("2026-07-20T23:30:00Z", LONDON)).toBe("2026-07-21");
    expect(f.daysBefore("2024-03-01", 1)).toBe("2024-02-29");
    expect(f.daysBefore("2026-01-05", 30)).toBe("2025-12-06");
  });
});

it("names countries, and leaves what is none", () => {
  expect(f.country("GB")).toBe("United Kingdom");
  expect(f.country("5 others")).toBe("5 others");
});
