import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Plugin } from "vite";
import type { WorkflowDocument } from "../../src/model/types";
import { bob } from "./bob";
import { catalogue } from "./catalogue";
import { draftCounts, leadNurturing, liveCounts, problems, sentences } from "./document";
import { nodeStates } from "./states";

/** A forgetful server for looking at the editor: one workflow, its draft, live numbers and one run. */
export function mockServer(): Plugin {
  let draft: WorkflowDocument = leadNurturing;
  let revision = 12;
  const meta = (live: boolean) => ({
    id: 1,
    name: "Lead nurturing",
    status: "live",
    revision,
    live_version: live ? 4 : 3,
    versions: live ? 4 : 3,
    owner: { id: 1, name: "Marta Kalinowska" },
    tactic: "lead nurturing",
    objectives: [],
    people_inside: 889,
    changes: live ? 0 : 3,
    updated_at: at(14, 32),
    draft_saved_at: at(14, 32),
    can: { write: true, publish: true, live: true },
  });

  return {
    name: "mock",
    configureServer(server) {
      server.middlewares.use("/api", (request, response, next) => {
        void answer(request, response).then((known) => known || next());
      });
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = (request.url ?? "").replace(/\?.*/, "");
    const live = (request.headers.referer ?? "").includes("view=live");
    const shown = (request.headers.referer ?? "").includes("states") ? nodeStates : null;
    const say = (body: unknown, status = 200, headers: Record<string, string> = {}) => {
      response.writeHead(status, { "Content-Type": "application/json", ...headers });
      response.end(JSON.stringify(body));
      return true;
    };
    if (url === "/catalogue/") return say(real("catalogue.json") ?? catalogue);
    if (url === "/workflows/1/") return say(meta(live));
    if (url === "/workflows/1/draft/" && request.method === "PUT") {
      draft = JSON.parse(await bodyOf(request)) as WorkflowDocument;
      revision += 1;
      return say({ revision, saved_at: new Date().toISOString(), problems, sentences, counts: { errors: 1, warnings: 0 } });
    }
    if (url === "/workflows/1/draft/") return say(shown?.document ?? draft, 200, { ETag: `"${revision}"` });
    if (url === "/workflows/1/validate/") return say(shown ?? { problems, sentences });
    if (url.startsWith("/workflows/1/versions/")) {
      draft = draft === leadNurturing ? leadNurturing : draft;
      return say({ number: 4, published_at: "2026-11-19T14:41:00Z", document: leadNurturing, sentences });
    }
    if (url === "/workflows/1/counts/") return say({ seq: 1, snapshot: true, version: 4, nodes: shown?.counts ?? (live ? liveCounts : draftCounts) });
    if (url === "/runs/1/") return say(bob);
    return false;
  }
}

function real(name: string): unknown {
  try {
    return process.env.MOCK_CATALOGUE ? JSON.parse(readFileSync(join(process.env.MOCK_CATALOGUE, name), "utf8")) : null;
  } catch {
    return null;
  }
}

function at(hours: number, minutes: number): string {
  const date = new Date();
  date.setHours(hours, minutes, 0, 0);
  return date.toISOString();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
