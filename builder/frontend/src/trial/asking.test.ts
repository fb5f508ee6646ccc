import { describe, expect, it } from "vitest";
import { askedOf, changesOf, choose, chosenAt, ending, pathOf, personaBody, SOMEBODY, waits, whoOf } from "./asking";
import type { Trial, TrialVisit } from "./types";

const visit = (node: string, nth = 1, port = "next"): TrialVisit => ({
  nth, node, kind: "wait", label: node, entered_at: "2026-11-23T08:00:00Z", left_at: "2026-11-23T08:00:00Z", port, why: "", visit: 1, choices: [],
});

const trial: Trial = {
  contact: { id: null, name: "Alice", invented: true },
  entered: true,
  refused: null,
  starts_at: "2026-11-23T08:00:00Z",
  ends_at: "2026-11-27T08:00:00Z",
  status: "ended",
  outcome: "no_response",
  outcome_label: "No response",
  stopped: null,
  visits: [visit("n1"), visit("n2", 2), visit("n3", 3)],
  messages: [],
  happenings: [],
  changes: { tags: { added: ["reader"], removed: [] }, lists: { joined: [], left: [] }, fields: { first_name: { before: "A", after: "Ala" } }, consents: { sms: "out" } },
  others: [],
  problems: [],
};

describe("an invented person", () => {
  it("leaves out what is empty", () => {
    expect(personaBody({ ...SOMEBODY, phone: " ", consents: { email: true, sms: false }, tags: "vip, , reader" })).toEqual({
      first_name: "Alice", email: "alice@example.com", tags: ["vip", "reader"], consents: { email: "in" },
    });
  });
  it("has a past in days", () => {
    expect(personaBody({ ...SOMEBODY, past: [{ name: "purchase", days: "3" }, { name: " ", days: "1" }, { name: "seen", days: "x" }] }).events).toEqual([
      { name: "purchase", before: "P3D" },
      { name: "seen", before: "P0D" },
    ]);
  });
  it("comes back from what a scenario keeps", () => {
    const who = { kind: "persona" as const, contact: null, persona: { ...SOMEBODY, consents: { email: true }, tags: "vip", past: [{ name: "purchase", days: "3" }] } };
    expect(whoOf(askedOf(who, "", [], false))).toEqual(who);
  });
});

describe("choices", () => {
  it("hold one way for a visit, and are taken back", () => {
    const one = choose([], visit("n3"), "b1", "PT3H");
    expect(one).toEqual([{ node: "n3", visit: 1, port: "b1", after: "PT3H" }]);
    const other = choose(one, visit("n3"), "b2");
    expect(other).toEqual([{ node: "n3", visit: 1, port: "b2" }]);
    expect(chosenAt(other, visit("n3"))?.port).toBe("b2");
    expect(choose(other, visit("n3"), null)).toEqual([]);
  });
  it("of another visit at the same step stay", () => {
    const one = choose([], visit("n3"), "b1");
    expect(choose(one, { ...visit("n3"), visit: 2 }, "b1")).toHaveLength(2);
  });
  it("know a wait by its having to be woken", () => {
    const way = { port: "b1", label: "Opened", tone: "yes" as const, what: "", after: "PT3H", taken: false, chosen: false };
    expect(waits({ ...visit("n3"), choices: [way] })).toBe(true);
    expect(waits({ ...visit("n3"), choices: [{ ...way, after: null }] })).toBe(false);
  });
});

describe("the answer in words", () => {
  it("says how and when it ended", () => {
    expect(ending(trial)).toBe("Ended as “no response” after 4 days");
    expect(ending({ ...trial, outcome: null, outcome_label: "" })).toBe("Still inside after 4 days");
    expect(ending({ ...trial, entered: false })).toBe("Would not come in");
    expect(ending({ ...trial, ends_at: trial.starts_at })).toBe("Ended as “no response” at once");
  });
  it("says what changed", () => {
    expect(changesOf(trial)).toEqual(["Given the tag reader", "First name became Ala", "Said no to sms"]);
  });
  it("lights the way up to a step", () => {
    expect(pathOf(trial, 1, { id: 7, name: "Test" }).visits.map((one) => one.node)).toEqual(["n1", "n2"]);
  });
});
