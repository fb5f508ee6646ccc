import { useEffect, useState } from "react";
import { enrol, findContacts, type Found } from "../api/builder";
import { Icon } from "../icons/Icon";
import { commands, useEditor } from "../store";
import { Dialog } from "./Dialog";
import { initialsOf } from "./Nav";
import { setView } from "./TopBar";

/** Puts one contact into the live version, to watch the way they take. */
export function TestDialog({ onClose }: { onClose(): void }) {
  const live = useEditor((s) => s.workflow.live_version);
  const changes = useEditor((s) => s.workflow.changes);
  const id = useEditor((s) => s.config.workflow);
  const [text, setText] = useState("");
  const [found, setFound] = useState<Found[] | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (live === null) return;
    const timer = window.setTimeout(() => findContacts(text).then(setFound, () => setFound([])), 200);
    return () => window.clearTimeout(timer);
  }, [text, live]);

  const put = async (contact: Found) => {
    setBusy(true);
    try {
      const answer = await enrol(id, contact.id);
      const refused = answer.refused?.[0]?.reason;
      if (refused) {
        commands.toast(`${nameOf(contact)} did not enter: ${refused}.`, "danger");
      } else {
        commands.toast(`${nameOf(contact)} is on the way.`, "success");
        onClose();
        setView("live");
      }
    } catch (reason) {
      commands.toast(reason instanceof Error ? reason.message : "That did not work.", "danger");
    } finally {
      setBusy(false);
    }
  };

  if (live === null) {
    return (
      <Dialog title="Send a real contact in" onClose={onClose} foot={<button type="button" className="button button-primary" onClick={() => { onClose(); commands.setDialog("publish"); }}>Publish…</button>}>
        <p>Publish first: a contact can only walk a published version. Give the trigger a filter that only your own address meets if nobody else should come in yet.</p>
      </Dialog>
    );
  }
  return (
    <Dialog title="Send a real contact in" lead={`They enter version ${live} now and get its real messages.${changes ? " What you changed since is not in it." : ""}`} onClose={onClose}>
      <label className="step-search">
        <Icon name="search" size={17} />
        <input autoFocus aria-label="Find a contact" placeholder="Name or e-mail" value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="people-list">
        {found?.map((contact) => (
          <button key={contact.id} type="button" disabled={busy} onClick={() => void put(contact)}>
            <span className="avatar">{initialsOf(nameOf(contact))}</span>
            <span className="cut">
              <strong>{nameOf(contact)}</strong> {contact.email ?? contact.phone}
            </span>
            <Icon name="arrow-right" size={16} />
          </button>
        ))}
        {found?.length === 0 ? <p className="step-none">Nobody is called that.</p> : null}
      </div>
    </Dialog>
  );
}

const nameOf = (contact: Found): string => [contact.first_name, contact.last_name].filter(Boolean).join(" ") || contact.email || contact.phone || `Contact ${contact.id}`;
