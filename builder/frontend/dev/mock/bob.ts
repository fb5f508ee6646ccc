import type { RunPath, Visit } from "../../src/model/types";

const visit = (nth: number, node: string, kind: string, label: string, entered: string, left: string, port: string | null, why: string): Visit => ({
  nth,
  node,
  kind,
  label,
  entered_at: `2026-11-${entered}:00Z`,
  left_at: `2026-11-${left}:00Z`,
  port,
  why,
});

export const bob: RunPath = {
  id: 1,
  workflow: 1,
  workflow_name: "Lead nurturing",
  version: 4,
  status: "ended",
  outcome: "no_response",
  entered_at: "2026-11-23T09:00:00Z",
  ended_at: "2026-11-27T09:05:00Z",
  contact: { id: 2, name: "Bob Kowalski", email: "bob@kowalski.example" },
  messages: 4,
  visits: [
    visit(1, "n1", "trigger", "Contact added", "23T09:00", "23T09:00", "next", "Signed up on the page “Brewing guide”. First time in this workflow."),
    visit(2, "n2", "email", "Introduction", "23T09:00", "23T09:00", "next", "Sent to bob@kowalski.example, delivered 09:00. Two opens by a mail scanner, not counted."),
    visit(3, "n3", "wait_until", "Opened Introduction?", "23T09:00", "25T09:00", "timeout", "Opened Introduction: **no**. Sent 23 Nov 09:00; 2 machine opens ignored. The 2 days were up."),
    visit(4, "n9", "condition", "Can we text them?", "25T09:01", "25T09:01", "yes", "Valid phone: **yes**. SMS consent: **in**, given 23 Nov on the sign-up form."),
    visit(5, "n10", "sms", "SMS nudge", "25T09:01", "25T09:02", "next", "Sent to +48 ··· ··· 214, delivered 09:02. 1 text long."),
    visit(6, "n11", "email", "Part 2 (after SMS)", "25T09:03", "25T09:03", "next", "Sent and delivered 09:03."),
    visit(7, "n12", "wait_until", "Opened Part 2?", "25T09:03", "27T09:03", "timeout", "Opened Part 2 (after SMS): **no**. Sent 25 Nov 09:03. The 2 days were up."),
    visit(8, "n13", "sms", "Follow-up", "27T09:04", "27T09:04", "next", "Sent and delivered 09:04. Link not clicked."),
    visit(9, "n14", "exit", "No response", "27T09:05", "27T09:05", null, "Left after 4 days and 5 minutes."),
  ],
};
