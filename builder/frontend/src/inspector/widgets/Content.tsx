// Which content a message sends: picked by name, shown as its reader will see it, in a frame that may run nothing.

import { useEffect, useMemo, useState } from "react";
import { post } from "../../api/client";
import { Icon } from "../../icons/Icon";
import { useEditor } from "../../store";
import { useForm, type WidgetProps } from "../form";
import { useContents } from "../remote";
import { OneOf } from "./names";

interface Rendered {
  subject: string;
  preheader?: string;
  html: string;
  text: string;
}

export function ContentInput({ field, value, onChange, id, invalid, describedBy }: WidgetProps) {
  const { node } = useForm();
  const kind = useEditor((state) => state.document.nodes.find((one) => one.id === node)?.kind);
  // A trigger may name a message of either channel.
  const channel = String(field.schema["x-channel"] ?? (kind === "email" || kind === "sms" ? kind : ""));
  const contents = useContents(channel);
  const [preview, setPreview] = useState(false);
  const options = useMemo(
    () => contents.map((content) => ({ value: String(content.id), label: content.name, hint: content.subject || undefined })),
    [contents],
  );
  const chosen = typeof value === "number" ? value : null;
  return (
    <div className="ins-stack">
      <OneOf
        {...{ id, invalid, describedBy, options }}
        label={field.label}
        value={chosen === null ? "" : String(chosen)}
        icon={channel === "sms" ? "message-2" : "mail"}
        placeholder="Choose what to send"
        empty="There is no content yet."
        onChange={(next) => onChange(Number(next))}
        onClear={field.nullable ? () => onChange(null) : undefined}
      />
      <div className="ins-links">
        {chosen !== null && (
          <button type="button" className="ins-link" aria-expanded={preview} onClick={() => setPreview(!preview)}>
            <Icon name={preview ? "eye-off" : "eye"} size={16} />
            {preview ? "Hide preview" : "Preview"}
          </button>
        )}
        {chosen !== null && (
          <a className="ins-link" href={`/content/${chosen}/`} target="_blank" rel="noopener">
            <Icon name="pencil" size={16} />
            Edit
          </a>
        )}
        <a className="ins-link" href={`/content/new/?channel=${channel || "email"}`} target="_blank" rel="noopener">
          <Icon name="plus" size={16} />
          New content
        </a>
      </div>
      {preview && chosen !== null && <Preview content={chosen} />}
    </div>
  );
}

/** The mail without what the page's own policy forbids in a frame (style sheets, scripts): its inline styles carry the look. */
function still(html: string): string {
  // Style sheets go before the parser sees them: it too holds them to the policy, and would report each.
  const parsed = new DOMParser().parseFromString(html.replace(/<style\b[\s\S]*?<\/style\s*>/gi, ""), "text/html");
  for (const part of parsed.querySelectorAll("script, style, link, base, meta[http-equiv]")) part.remove();
  return `<!doctype html>${parsed.documentElement.outerHTML}`;
}

function Preview({ content }: { content: number }) {
  const [shown, setShown] = useState<Rendered | string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    setShown(null);
    post<Rendered>(`/api/contents/${content}/render/`, {}, { signal: stop.signal }).then(setShown, (reason: Error) => {
      if (!stop.signal.aborted) setShown(reason.message);
    });
    return () => stop.abort();
  }, [content]);
  if (shown === null) return <div className="ins-preview waiting" role="status" aria-label="Loading the preview" />;
  if (typeof shown === "string") return <p className="ins-problems">{shown}</p>;
  return (
    <figure className="ins-preview">
      <figcaption>
        <b>{shown.subject || "No subject"}</b>
        {shown.preheader && <span>{shown.preheader}</span>}
      </figcaption>
      {shown.html ? (
        <div>
          <iframe title="Preview" sandbox="" tabIndex={-1} srcDoc={still(shown.html)} />
        </div>
      ) : (
        <pre>{shown.text}</pre>
      )}
    </figure>
  );
}
