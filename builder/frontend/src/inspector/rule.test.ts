import { expect, test } from "vitest";
import { readRule, writeRule } from "./rule";

test.each(["FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24"])("%s is shown as a form and written as it was", (text) => {
  const rule = readRule(text);
  expect(rule).not.toBeNull();
  expect(writeRule(rule!)).toBe(text);
});

test.each(["FREQ=MONTHLY;BYDAY=1MO", "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;BYDAY=+1MO", "every day", "FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=YEARLY", "FREQ=DAILY;INTERVAL=0", 5, null])("%s stays text", (text) => {
  expect(readRule(text)).toBeNull();
});
