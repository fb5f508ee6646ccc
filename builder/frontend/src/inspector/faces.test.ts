import { expect, it } from "vitest";
import { faceOf, initialsOf } from "./faces";

it("gives people the letters and the tint that the pages give them", () => {
  expect(initialsOf("Bob Kowalski")).toBe("BK");
  expect(initialsOf("alice@example.com")).toBe("AC");
  expect(initialsOf("Łucja")).toBe("ŁU");
  expect(initialsOf(" ")).toBe("?");
  // From contacts/templatetags/look.py.
  expect(["BK", "MK", "OD", "AN", "ŁŻ"].map(faceOf)).toEqual(["messages", "start", "logic", "messages", "timing"]);
});
