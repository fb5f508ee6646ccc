import { describe, expect, it } from "vitest";
import { segments, withoutLiquid } from "./segments";

describe("SMS parts", () => {
  it("holds 160 characters in one part and 153 in each of several", () => {
    expect(segments("")).toMatchObject({ units: 0, parts: 0 });
    expect(segments("a".repeat(160))).toMatchObject({ parts: 1, perPart: 160, encoding: "gsm" });
    expect(segments("a".repeat(161))).toMatchObject({ parts: 2, perPart: 153 });
    expect(segments("a".repeat(307))).toMatchObject({ parts: 3 });
  });

  it("counts an extended character twice", () => {
    expect(segments("€".repeat(80))).toMatchObject({ units: 160, parts: 1 });
    expect(segments("€".repeat(81))).toMatchObject({ units: 162, parts: 2 });
  });

  it("falls to 70 and 67 for one character outside GSM 03.38, and names it", () => {
    expect(segments("Zażółć")).toMatchObject({ encoding: "unicode", perPart: 70, costly: ["ż", "ó", "ł", "ć"] });
    expect(segments("ł".repeat(71))).toMatchObject({ parts: 2, perPart: 67 });
    expect(segments("😀".repeat(35))).toMatchObject({ units: 70, parts: 1 });
  });

  it("leaves Liquid marks out of the count and says that it varies", () => {
    expect(withoutLiquid("Hi {{ contact.first_name }}, look")).toEqual({ text: "Hi , look", varies: true });
    expect(withoutLiquid("{% if a %}A{% endif %}")).toEqual({ text: "A", varies: true });
    expect(withoutLiquid("Hi")).toEqual({ text: "Hi", varies: false });
  });
});
