import type { Catalogue, GroupName, Kind, Port, Schema, Settings } from "../../src/model/types";

const next: Port = { name: "next", label: "Next", tone: "next" };
const message: Port[] = [next, { name: "skipped", label: "Skipped", tone: "skipped" }, { name: "failed", label: "Failed", tone: "failed" }];
const timeout: Port = { name: "timeout", label: "Time is up", tone: "timeout" };
const text = (title: string, widget?: string): Schema => ({ type: "string", title, default: "", ...(widget ? { "x-widget": widget } : {}) });

function kind(name: string, label: string, group: GroupName, icon: string, ports: Port[], properties: Record<string, Schema> = {}, example: Settings = {}, branch_field: string | null = null): Kind {
  return { kind: name, label, group, icon, help: `${label}: what this step does, in a sentence.`, ports, branch_field, schema: { type: "object", properties, required: [] }, example, can_disable: ports.length === 1 };
}

const branch = { port: "b1", name: "Opened", when: { fact: "message", did: "opened", node: "n2" } };

export const catalogue: Catalogue = {
  groups: [
    { name: "start", label: "Start" },
    { name: "messages", label: "Messages" },
    { name: "timing", label: "Timing" },
    { name: "logic", label: "Logic" },
    { name: "contact", label: "Contact" },
    { name: "site", label: "Site and ads" },
    { name: "end", label: "End" },
  ],
  facts: [],
  kinds: [
    kind("trigger", "Trigger", "start", "player-play", [next], { on: { type: "string", title: "When", enum: ["contact_added", "tag_added"], default: "contact_added", "x-widget": "select" } }),
    kind("email", "E-mail", "messages", "mail", message, { content: { anyOf: [{ type: "integer" }, { type: "null" }], title: "Content", default: null, "x-widget": "content" }, subject: text("Subject") }),
    kind("sms", "SMS", "messages", "message-2", message, { text: text("Text", "liquid") }),
    kind("web_push", "Web push", "messages", "bell-ringing", message),
    kind("mobile_push", "Mobile push", "messages", "device-mobile", message),
    kind("wait", "Wait", "timing", "clock", [next], { duration: { type: "string", title: "For", default: "P1D", "x-widget": "duration" } }),
    kind("wait_until", "Wait until", "timing", "hourglass", [timeout], { branches: { type: "array", title: "Go on as soon as", "x-widget": "branches" }, timeout: { type: "string", default: "P2D", "x-widget": "duration" } }, { branches: [branch] }, "branches"),
    kind("time_window", "Time window", "timing", "calendar-time", [next]),
    kind("rate_limit", "Rate limit", "timing", "gauge", [next]),
    kind("condition", "Condition", "logic", "arrows-split-2", [{ name: "yes", label: "Yes", tone: "yes" }, { name: "no", label: "No", tone: "no" }], { when: { type: "object", "x-widget": "condition" } }),
    kind("branch", "Branch", "logic", "git-branch", [{ name: "else", label: "Else", tone: "no" }], { branches: { type: "array", "x-widget": "branches" } }, { branches: [{ port: "b1", name: "Espresso", when: null }, { port: "b2", name: "Filter", when: null }, { port: "b3", name: "Both", when: null }] }, "branches"),
    kind("split", "Split", "logic", "percentage", [], { arms: { type: "array", "x-widget": "weights" } }, { arms: [{ port: "a", name: "A", weight: 50 }, { port: "b", name: "B", weight: 50 }] }, "arms"),
    kind("experiment", "Experiment", "logic", "flask", [next]),
    kind("goal", "Goal", "logic", "target", [next]),
    kind("best_channel", "Best channel", "logic", "route", [next]),
    kind("go_to", "Go to", "logic", "arrow-iteration", [{ name: "done", label: "Done", tone: "next" }]),
    kind("update_contact", "Update contact", "contact", "user-edit", [next]),
    kind("tag", "Tag", "contact", "tag", [next]),
    kind("list", "List", "contact", "list-check", [next]),
    kind("consent", "Consent", "contact", "shield-check", [next]),
    kind("onsite", "On site", "site", "world", [next]),
    kind("audience", "Ad audience", "site", "ad-2", [next, message[2]!]),
    kind("webhook", "Webhook", "site", "webhook", [next, message[2]!]),
    kind("exit", "Exit", "end", "flag-3", [], { outcome: text("Outcome") }),
  ],
};
