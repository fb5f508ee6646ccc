// A list to choose one from, for popovers: arrows, Home, End, first letters, Enter; a search field when it is long.

import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { Icon } from "../../icons/Icon";

export interface Option<V = string> {
  value: V;
  label: string;
  hint?: string;
  icon?: string;
  /** Colour of the icon: a group of steps. */
  group?: string;
  /** Heading under which it stands. */
  section?: string;
}

interface Props<V> {
  options: readonly Option<V>[];
  value: V | null | undefined;
  onChoose: (value: V) => void;
  label: string;
  /** Text that stands in no option may be taken as it is ("Add the tag …"). */
  onNew?: (text: string) => void;
  newLabel?: (text: string) => string;
  placeholder?: string;
  empty?: ReactNode;
  searchable?: boolean;
}

const LONG = 9;

export function Listbox<V>({ options, value, onChoose, label, onNew, newLabel, placeholder, empty, searchable }: Props<V>) {
  const id = useId();
  const [text, setText] = useState("");
  const withSearch = searchable ?? (options.length > LONG || !!onNew);
  const wanted = text.trim().toLowerCase();
  const shown = useMemo(
    () => (wanted ? options.filter((option) => `${option.label} ${option.hint ?? ""}`.toLowerCase().includes(wanted)) : options),
    [options, wanted],
  );
  const fresh = !!onNew && wanted !== "" && !options.some((option) => option.label.toLowerCase() === wanted);
  const [active, setActive] = useState(() => Math.max(0, options.findIndex((option) => option.value === value)));
  const total = shown.length + (fresh ? 1 : 0);
  const at = Math.min(active, Math.max(0, total - 1));
  const list = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: "", at: 0 });

  useEffect(() => {
    list.current?.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const choose = (index: number) => {
    const option = shown[index];
    if (option) onChoose(option.value);
    else if (fresh) onNew?.(text.trim());
  };

  const onKeyDown = (event: React.KeyboardEvent) => {
    const move = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: total - 1, PageDown: at + 8, PageUp: at - 8 }[event.key];
    if (move !== undefined && !(withSearch && (event.key === "Home" || event.key === "End"))) {
      event.preventDefault();
      setActive(Math.max(0, Math.min(total - 1, move)));
    } else if (event.key === "Enter" || (event.key === " " && !withSearch)) {
      event.preventDefault();
      choose(at);
    } else if (!withSearch && event.key.length === 1) {
      const now = Date.now();
      typed.current = { text: (now - typed.current.at < 700 ? typed.current.text : "") + event.key.toLowerCase(), at: now };
      const found = shown.findIndex((option) => option.label.toLowerCase().startsWith(typed.current.text));
      if (found >= 0) setActive(found);
    }
  };

  const optionId = (index: number) => `${id}-${index}`;
  let section: string | undefined;
  return (
    <div className="listbox">
      {withSearch && (
        <div className="listbox-search">
          <Icon name="search" size={16} />
          <input
            data-autofocus
            role="combobox"
            aria-expanded="true"
            aria-controls={id}
            aria-activedescendant={total ? optionId(at) : undefined}
            aria-label={placeholder ?? label}
            placeholder={placeholder ?? "Search"}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setActive(0);
            }}
            onKeyDown={onKeyDown}
          />
        </div>
      )}
      <div
        ref={list}
        id={id}
        className="listbox-list"
        role="listbox"
        aria-label={label}
        tabIndex={withSearch ? -1 : 0}
        data-autofocus={withSearch ? undefined : true}
        aria-activedescendant={withSearch || !total ? undefined : optionId(at)}
        onKeyDown={withSearch ? undefined : onKeyDown}
      >
        {shown.map((option, index) => {
          const heading = option.section !== section ? (section = option.section) : undefined;
          const chosen = option.value === value;
          return (
            <div key={`${option.section} ${option.label} ${index}`} role="presentation">
              {heading && (
                <div className="listbox-section" role="presentation">
                  {heading}
                </div>
              )}
              <div
                id={optionId(index)}
                data-at={index}
                role="option"
                aria-selected={chosen}
                className={index === at ? "listbox-option active" : "listbox-option"}
                onPointerMove={() => setActive(index)}
                onClick={() => choose(index)}
              >
                {option.icon && (
                  <span className={`tile tile-24 t-${option.group ?? "end"}`}>
                    <Icon name={option.icon} size={15} />
                  </span>
                )}
                <span className="listbox-text">
                  <span>{option.label}</span>
                  {option.hint && <small>{option.hint}</small>}
                </span>
                {chosen && <Icon name="check" size={16} className="listbox-check" />}
              </div>
            </div>
          );
        })}
        {fresh && (
          <div
            id={optionId(shown.length)}
            data-at={shown.length}
            role="option"
            aria-selected={false}
            className={at === shown.length ? "listbox-option active" : "listbox-option"}
            onPointerMove={() => setActive(shown.length)}
            onClick={() => choose(shown.length)}
          >
            <Icon name="plus" size={16} />
            <span className="listbox-text">
              <span>{newLabel ? newLabel(text.trim()) : `Add “${text.trim()}”`}</span>
            </span>
          </div>
        )}
        {!total && <div className="listbox-empty">{empty ?? "Nothing found."}</div>}
      </div>
    </div>
  );
}
