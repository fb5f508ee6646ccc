import { describe, expect, it } from "vitest";
import { addTo, parse, simple, toIso, words } from "./durations";

describe("durations", () => {
  it("says them in words", () => {
    expect(words("P2D")).toBe("2 days");
    expect(words("P1D")).toBe("1 day");
    expect(words("PT90M")).toBe("90 minutes");
    expect(words("P1M")).toBe("1 month");
    expect(words("PT30M")).toBe("30 minutes");
    expect(words("soon")).toBe("soon");
  });

  it("offers one number and one unit only when nothing changes by it", () => {
    expect(simple("P2D")).toEqual({ amount: 2, unit: "days" });
    expect(simple("PT48H")).toEqual({ amount: 48, unit: "hours" });
    expect(simple("P1W")).toEqual({ amount: 1, unit: "weeks" });
    expect(simple("PT90M")).toEqual({ amount: 90, unit: "minutes" });
    expect(simple("P1DT12H")).toBeNull();
    expect(simple("PT45S")).toBeNull();
    expect(simple("P")).toBeNull();
  });

  it("writes back what it read", () => {
    for (const iso of ["PT30M", "PT5H", "P3D", "P2W", "P1M"]) {
      const { amount, unit } = simple(iso)!;
      expect(toIso(amount, unit)).toBe(iso);
    }
  });

  it("counts days and months on the calendar", () => {
    const from = new Date(2026, 0, 31, 14, 32);
    expect(addTo("P1M", from)).toEqual(new Date(2026, 1, 28, 14, 32));
    expect(addTo("P2D", from)).toEqual(new Date(2026, 1, 2, 14, 32));
    expect(addTo("PT36H", from)).toEqual(new Date(from.getTime() + 36 * 3_600_000));
    expect(addTo("later", from)).toBeNull();
    expect(parse("P1Y2M")).toEqual({ months: 14, days: 0, seconds: 0 });
  });
});
