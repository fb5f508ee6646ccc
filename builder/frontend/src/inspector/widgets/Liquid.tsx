// Text with Liquid marks. For an SMS, what it costs is counted as it is typed.

import { useRef } from "react";
import { useForm, type WidgetProps } from "../form";
import { segments, withoutLiquid } from "../segments";
import { useEditor } from "../../store";
import { useDraft } from "../useDraft";

const MARKS: [string, string][] = [
  ["First name", "{{ contact.first_name | default: 'there' }}"],
  ["Last name", "{{ contact.last_name }}"],
  ["If", "{% if contact.first_name %}…{% endif %}"],
];

export function LiquidInput({ field, value, onChange, path, id, describedBy, invalid }: WidgetProps) {
  const { readOnly, node } = useForm();
  const kind = useEditor((state) => state.document.nodes.find((one) => one.id === node)?.kind);
  const [text, setText, flush] = useDraft(value == null ? "" : String(value), (next) => onChange(next, path));
  const area = useRef<HTMLTextAreaElement>(null);
  const code = field.widget === "code";
  const sms = kind === "sms" && field.key === "text";
  const long = sms || code || !field.schema.maxLength || field.schema.maxLength > 300;

  const insert = (mark: string) => {
    const at = area.current;
    if (!at) return;
    const [from, to] = [at.selectionStart, at.selectionEnd];
    setText(text.slice(0, from) + mark + text.slice(to));
    requestAnimationFrame(() => {
      at.focus();
      at.setSelectionRange(from + mark.length, from + mark.length);
    });
  };

  return (
    <>
      <textarea
        ref={area}
        id={id}
        className={code ? "input code" : "input"}
        rows={long ? 5 : 2}
        value={text}
        readOnly={readOnly}
        spellCheck={!code}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        onChange={(event) => setText(event.target.value)}
        onBlur={flush}
      />
      {(sms || !readOnly) && !code && (
        <div className="ins-liquid">
          {!readOnly && (
            <span className="ins-marks">
              {MARKS.map(([name, mark]) => (
                <button key={name} type="button" title={mark} onClick={() => insert(mark)}>
                  {name}
                </button>
              ))}
            </span>
          )}
          {sms && <Count text={text} />}
        </div>
      )}
    </>
  );
}

function Count({ text }: { text: string }) {
  const bare = withoutLiquid(text);
  const { units, parts, perPart, encoding, costly } = segments(bare.text);
  const limit = parts > 1 ? perPart * parts : perPart;
  return (
    <output className={parts > 1 ? "ins-count several" : "ins-count"} aria-live="off">
      <span>
        {bare.varies ? "about " : ""}
        {units}/{limit}, {parts} {parts === 1 ? "text" : "texts"} long
      </span>
      {encoding === "unicode" && (
        <small>
          “{costly.slice(0, 3).join("”, “")}” {costly.length > 1 ? "are" : "is"} not in the basic SMS alphabet: a text holds 70 characters, not 160.
        </small>
      )}
    </output>
  );
}
