// The one door to the REST API: session cookie, CSRF header, and errors in the server's own words.

export interface ApiProblem {
  node: string | null;
  field: string | null;
  message: string;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly problems: ApiProblem[] = [],
    readonly body: unknown = null,
  ) {
    super(message);
  }
}

/** No answer came: the network or the server is away. What was to be sent is still here. */
export class Offline extends Error {}

export interface Answer<T> {
  data: T;
  etag: string | null;
}

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  keepalive?: boolean;
}

export async function request<T>(method: string, url: string, options: RequestOptions = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: "same-origin",
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      keepalive: options.keepalive,
    });
  } catch (reason) {
    if (options.signal?.aborted) throw reason;
    throw new Offline("The server cannot be reached.");
  }
  if (response.status >= 502 && response.status <= 504) throw new Offline("The server is not answering.");
  const text = await response.text();
  const data = parsed(text);
  if (!response.ok) {
    const said = (data ?? {}) as { detail?: string; problems?: ApiProblem[] };
    throw new ApiError(response.status, said.detail ?? `The server answered ${response.status}.`, said.problems ?? [], data);
  }
  return { data: data as T, etag: response.headers.get("ETag") };
}

export const get = async <T>(url: string, options?: RequestOptions) => (await request<T>("GET", url, options)).data;
export const post = async <T>(url: string, body: unknown = {}, options?: RequestOptions) =>
  (await request<T>("POST", url, { ...options, body })).data;
export const patch = async <T>(url: string, body: unknown, options?: RequestOptions) =>
  (await request<T>("PATCH", url, { ...options, body })).data;

/** The API's address of one workflow, with what hangs below it: `workflowUrl(7, "draft/")`. */
export const workflowUrl = (id: number, below = "") => `/api/workflows/${id}/${below}`;

function csrfToken(): string {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

function parsed(text: string): unknown {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
