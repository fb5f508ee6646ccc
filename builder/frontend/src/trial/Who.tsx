// Who goes through: somebody real, or somebody invented.

import { useEffect, useState } from "react";
import { findContacts, type Found } from "../api/builder";
import { get } from "../api/client";
import { Icon } from "../icons/Icon";
import type { Persona, Who as Chosen } from "./asking";

const nameOf = (one: Found): string => [one.first_name, one.last_name].filter(Boolean).join(" ") || one.email || one.phone || `Contact ${one.id}`;

export function Who({ who, onChange }: { who: Chosen; onChange(who: Chosen): void }) {
  return (
    <div className="trial-who">
      <div className="segmented" role="group" aria-label="Who goes through">
        <button type="button" aria-pressed={who.kind === "persona"} onClick={() => onChange({ ...who, kind: "persona" })}>
          Somebody invented
        </button>
        <button type="button" aria-pressed={who.kind === "contact"} onClick={() => onChange({ ...who, kind: "contact" })}>
          A contact
        </button>
      </div>
      {who.kind === "contact" ? <Contact who={who} onChange={onChange} /> : <Invented persona={who.persona} onChange={(persona) => onChange({ ...who, persona })} />}
    </div>
  );
}

function Contact({ who, onChange }: { who: Chosen; onChange(who: Chosen): void }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState<Found[] | null>(null);
  useEffect(() => {
    if (who.contact) return;
    const timer = window.setTimeout(() => findContacts(text).then(setFound, () => setFound([])), 200);
    return () => window.clearTimeout(timer);
  }, [text, who.contact]);
  if (who.contact) {
    return (
      <p className="trial-chosen">
        <Icon name="user" size={16} />
        <b className="cut">{who.contact.name}</b>
        <button type="button" className="button button-small" onClick={() => onChange({ ...who, contact: null })}>
          Somebody else
        </button>
      </p>
    );
  }
  return (
    <>
      <label className="trial-search">
        <Icon name="search" size={16} />
        <input aria-label="Find a contact" placeholder="Name or e-mail" value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <ul className="trial-found" aria-label="Contacts">
        {found?.slice(0, 5).map((one) => (
          <li key={one.id}>
            <button type="button" onClick={() => onChange({ ...who, contact: { id: one.id, name: nameOf(one) } })}>
              <b>{nameOf(one)}</b> <small>{one.email ?? one.phone}</small>
            </button>
          </li>
        ))}
        {found?.length === 0 ? <li className="trial-quiet">Nobody is called that.</li> : null}
      </ul>
    </>
  );
}

const TEXTS = [
  ["first_name", "First name", "text"],
  ["email", "E-mail", "email"],
  ["phone", "Phone", "tel"],
  ["tags", "Tags", "text"],
  ["language", "Language", "text"],
  ["time_zone", "Time zone", "text"],
] as const;
const HINTS: Partial<Record<(typeof TEXTS)[number][0], string>> = { tags: "vip, reader", language: "en", time_zone: "Europe/Warsaw" };

function Invented({ persona, onChange }: { persona: Persona; onChange(persona: Persona): void }) {
  const [topics, setTopics] = useState<{ slug: string; label: string }[]>([]);
  useEffect(() => {
    get<{ results: { slug: string; label: string }[] }>("/api/topics/?page_size=20").then(
      (found) => setTopics(found.results),
      () => setTopics([]),
    );
  }, []);
  const subjects = [{ slug: "email", label: "E-mail" }, { slug: "sms", label: "SMS" }, ...topics];
  return (
    <>
      <div className="trial-fields">
        {TEXTS.map(([key, label, type]) => (
          <label key={key}>
            <span>{label}</span>
            <input className="input" type={type} value={persona[key]} placeholder={HINTS[key]} onChange={(event) => onChange({ ...persona, [key]: event.target.value })} />
          </label>
        ))}
      </div>
      <fieldset className="trial-checks">
        <legend>Said yes to</legend>
        {subjects.map(({ slug, label }) => (
          <label key={slug}>
            <input type="checkbox" checked={persona.consents[slug] ?? false} onChange={(event) => onChange({ ...persona, consents: { ...persona.consents, [slug]: event.target.checked } })} />
            {label}
          </label>
        ))}
      </fieldset>
      {persona.past.map((one, at) => {
        const set = (patch: Partial<typeof one>) => onChange({ ...persona, past: persona.past.map((other, n) => (n === at ? { ...other, ...patch } : other)) });
        return (
          <div key={at} className="trial-past">
            <input className="input" aria-label="What happened" placeholder="purchase" value={one.name} onChange={(event) => set({ name: event.target.value })} />
            <input className="input" aria-label="How many days ago" type="number" min={0} max={3650} value={one.days} onChange={(event) => set({ days: event.target.value })} />
            <span>days ago</span>
            <button type="button" className="icon-button" aria-label="Leave this out" onClick={() => onChange({ ...persona, past: persona.past.filter((_, n) => n !== at) })}>
              <Icon name="x" size={16} />
            </button>
          </div>
        );
      })}
      <button type="button" className="trial-link" onClick={() => onChange({ ...persona, past: [...persona.past, { name: "purchase", days: "3" }] })}>
        <Icon name="plus" size={15} />
        Something they did before
      </button>
    </>
  );
}
