// A message as its reader would see it: in a frame without scripts, on a page of its own policy.

import { useEffect, useId, useRef, useState } from "react";
import { Icon } from "../icons/Icon";
import type { Letter } from "./types";

export function Mail({ letter }: { letter: Letter }) {
  const [open, setOpen] = useState(false);
  const mail = letter.channel === "email";
  return (
    <div className="trial-mail">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={mail ? "mail" : "message-2"} size={16} />
        <span className="cut">
          <b>{letter.subject || (mail ? "No subject" : letter.text.split("\n")[0])}</b>
          <small>
            To {letter.to}
            {letter.segments ? `, ${letter.segments} text${letter.segments === 1 ? "" : "s"} long` : ""}
          </small>
        </span>
        <Icon name={open ? "chevron-up" : "chevron-down"} size={16} />
      </button>
      {open ? <Frame letter={letter} /> : null}
    </div>
  );
}

function Frame({ letter }: { letter: Letter }) {
  const name = `letter-${useId().replace(/\W/g, "")}`;
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.submit(), []);
  const token = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
  return (
    <>
      <form ref={form} method="post" action="/simulated-message/" target={name} hidden>
        <input type="hidden" name="csrfmiddlewaretoken" value={token} />
        <input type="hidden" name="channel" value={letter.channel} />
        <input type="hidden" name="html" value={letter.html} />
        <input type="hidden" name="text" value={letter.text} />
      </form>
      <iframe name={name} title={letter.subject || "Message"} sandbox="allow-popups allow-popups-to-escape-sandbox" className={letter.html ? "" : "is-text"} />
    </>
  );
}
