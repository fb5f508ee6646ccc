import { describe, expect, it } from "vitest";
import type { Visit } from "../model/types";
import { messagesOf, roughly, scaleOf, standing, stressed, whens, widthOf } from "./told";

const visit = (kind: string, entered_at: string, left_at: string | null = null): Visit => ({ nth: 1, node: "n", kind, label: "", entered_at, left_at, port: null, why: "" });
const year = new Date().getFullYear();
const at = (text: string) => new Date(`${year}-${text}`).toISOString();

describe("a path in words", () => {
  it("says the day when it changes, the time when it does not, and how long a wait held them", () => {
    const told = whens([
      visit("trigger", at("11-23T09:00:00")),
      visit("email", at("11-23T09:00:05")),
      visit("wait_until", at("11-23T09:01:00"), at("11-25T09:01:20")),
      visit("condition", at("11-25T09:01:20")),
      visit("sms", at("11-25T09:01:30")),
      visit("wait", at("11-25T09:02:00"), at("11-25T09:02:10")),
    ]);
    expect(told.map((text) => text.replace(/^\w{3} (?=\d)/, ""))).toEqual(["23 Nov, 09:00", "09:00", "waited 2 days", "25 Nov, 09:01", "09:01", "09:02"]);
  });

  it("rounds a stay to the largest unit", () => {
    expect(roughly(2 * 86_400 + 20)).toBe("2 days");
    expect(roughly(3599)).toBe("1 hour");
    expect(roughly(150)).toBe("3 minutes");
    expect(roughly(5)).toBe("");
  });

  it("lets yes and no stand out, and nothing else", () => {
    expect(stressed("Opened Introduction: no. Sent 12 May; 2 machine opens ignored")).toEqual(["Opened Introduction: ", "no", ". Sent 12 May; 2 machine opens ignored"]);
    expect(stressed("SMS consent: in, given on the form")).toEqual(["SMS consent: ", "in", ", given on the form"]);
    expect(stressed("Opened: **no**. Sent")).toEqual(["Opened: ", "no", ". Sent"]);
    expect(stressed("Sent: no answer yet")).toEqual(["Sent: no answer yet"]);
  });

  it("says how the run stands", () => {
    expect(standing({ version: 4, status: "ended", outcome: "no_response", ended_at: at("11-27T09:05:00") })).toBe("Version 4, ended as “no response”");
    expect(standing({ version: 4, status: "Active", outcome: null, ended_at: null })).toBe("Version 4, inside now");
    expect(standing({ version: 4, status: "removed", outcome: "left_audience", ended_at: at("11-27T09:05:00") })).toBe("Version 4, removed: left audience");
  });

  it("counts messages by what the server says, else by kinds", () => {
    const run = { id: 1, workflow: 1, workflow_name: "", version: 1, status: "ended", outcome: null, entered_at: "", ended_at: null, visits: [visit("email", at("01-01")), visit("wait", at("01-01"))] };
    expect(messagesOf(run, new Set(["email"]))).toBe(1);
    expect(messagesOf({ ...run, messages: 4 }, new Set())).toBe(4);
  });

  it("makes a scale of round numbers", () => {
    expect(scaleOf(3206)).toEqual([3000, 1000, 100]);
    expect(scaleOf(7)).toEqual([7]);
    expect(scaleOf(0)).toEqual([]);
    expect(widthOf(3206, 3206)).toBe(10);
    expect(widthOf(0, 100)).toBe(1.5);
  });
});
