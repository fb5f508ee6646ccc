// A moment on the browser's own clock, kept as UTC; a calendar rule, put together from what people say of it.

import { useState } from "react";
import { Icon } from "../../icons/Icon";
import { useForm, type WidgetProps } from "../form";
import { type Rule, readRule, writeRule } from "../rule";
import { DAY_NAMES, Pick, TextInput } from "./plain";

/** The browser's own field wants local time without a zone. */
function local(value: unknown): string {
  const at = typeof value === "string" && value ? new Date(value) : null;
  return at && !Number.isNaN(at.getTime()) ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : "";
}

export function MomentInput({ field, value, onChange, path, id, describedBy, invalid }: WidgetProps) {
  const { readOnly } = useForm();
  const shown = local(value);
  return (
    <div className="ins-one">
      <input
        id={id}
        className="input"
        type="datetime-local"
        value={shown}
        readOnly={readOnly}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        onChange={(event) => {
          const at = new Date(event.target.value);
          // A date that is half typed is no date yet.
          if (event.target.value && !Number.isNaN(at.getTime())) onChange(at.toISOString().replace(/\.\d+Z$/, "Z"), path);
        }}
      />
      {shown && !readOnly && (
        <button type="button" className="icon-button" aria-label={`No ${field.label.toLowerCase()}`} onClick={() => onChange(null)}>
          <Icon name="x" size={16} />
        </button>
      )}
    </div>
  );
}

const UNITS = [
  { value: "DAILY", label: "days" },
  { value: "WEEKLY", label: "weeks" },
  { value: "MONTHLY", label: "months" },
  { value: "YEARLY", label: "years" },
];
const CODES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const MONTHS = Array.from({ length: 12 }, (_, at) => ({ value: String(at + 1), label: new Intl.DateTimeFormat("en-GB", { month: "long" }).format(new Date(2026, at, 1)) }));
const MONTH_DAYS = [...Array.from({ length: 31 }, (_, at) => ({ value: String(at + 1), label: `the ${ordinal(at + 1)}` })), { value: "-1", label: "the last day" }];

export function RuleInput(props: WidgetProps) {
  const { value, onChange, path, id } = props;
  const { readOnly } = useForm();
  const rule = readRule(value);
  const [typed, setTyped] = useState(rule === null);
  if (rule === null || typed)
    return (
      <div className="ins-stack">
        <TextInput {...props} />
        {rule !== null && (
          <button type="button" className="ins-link" onClick={() => setTyped(false)}>
            Put it together
          </button>
        )}
      </div>
    );
  const put = (patch: Partial<Rule>) => onChange(writeRule({ ...rule, ...patch }), path);
  return (
    <div className="ins-stack">
      <div className="ins-every">
        <span>Every</span>
        <input id={id} className="input" type="number" min={1} max={999} aria-label="Every so many" value={rule.every} readOnly={readOnly} onChange={(event) => put({ every: Math.max(1, Math.min(999, Math.trunc(Number(event.target.value)) || 1)) })} />
        <Pick label="Unit" value={rule.unit} options={UNITS} disabled={readOnly} onChange={(unit) => put({ unit, days: unit === "WEEKLY" ? ["MO"] : [], monthDay: unit === "MONTHLY" || unit === "YEARLY" ? "1" : "", month: unit === "YEARLY" ? "1" : "" })} />
      </div>
      {rule.unit === "WEEKLY" && (
        <div className="ins-days" role="group" aria-label="On these days">
          {CODES.map((code, at) => (
            <button
              key={code}
              type="button"
              aria-pressed={rule.days.includes(code)}
              disabled={readOnly}
              onClick={() => put({ days: CODES.filter((one) => (one === code ? !rule.days.includes(one) : rule.days.includes(one))) })}
            >
              {DAY_NAMES[at]}
            </button>
          ))}
        </div>
      )}
      {(rule.unit === "MONTHLY" || rule.unit === "YEARLY") && (
        <div className="ins-every">
          <span>On</span>
          <Pick label="Day of the month" value={rule.monthDay} options={MONTH_DAYS} disabled={readOnly} onChange={(monthDay) => put({ monthDay })} />
          {rule.unit === "YEARLY" && <Pick label="Month" value={rule.month} options={MONTHS} disabled={readOnly} onChange={(month) => put({ month })} />}
        </div>
      )}
      {!readOnly && (
        <button type="button" className="ins-link" onClick={() => setTyped(true)}>
          Write it as a rule
        </button>
      )}
    </div>
  );
}

/** "1st", "22nd", "13th" */
function ordinal(day: number): string {
  const ending = day > 10 && day < 21 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${ending}`;
}
