import { useEffect, useRef, useState } from "react";
import { Icon } from "../icons/Icon";
import { useEditor } from "../store";

/** The slim navigation left of the editor. The page names the places where this person may go. */
export function Nav() {
  const user = useEditor((s) => s.config.user);
  const places = useEditor((s) => s.config.places);
  return (
    <nav className="ed-nav" aria-label="Main">
      <a className="ed-mark" href="/" aria-label="Trellis, to the overview">
        <Icon name="plant-2" size={18} />
      </a>
      {places.map(({ path, icon, label }) => (
        <a key={path} className="ed-place" href={path} title={label} aria-label={label} aria-current={path === "/workflows/" ? "page" : undefined}>
          <Icon name={icon} size={19} />
        </a>
      ))}
      <span className="ed-nav-space" />
      <button type="button" className="ed-place" title="Search (Ctrl+K)" aria-label="Search" data-search>
        <Icon name="search" size={19} />
      </button>
      <PersonMenu name={user.name} initials={user.initials || initialsOf(user.name)} />
    </nav>
  );
}

export const initialsOf = (name: string): string =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .map((part) => part[0]!.toUpperCase())
    .slice(0, 2)
    .join("");

const THEMES = [
  ["light", "sun", "Light"],
  ["dark", "moon", "Dark"],
  ["system", "device-desktop", "As the system"],
] as const;

function PersonMenu({ name, initials }: { name: string; initials: string }) {
  const [open, setOpen] = useState(false);
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "system");
  const box = useRef<HTMLDivElement>(null);
  useOutside(box, open, () => setOpen(false));
  const choose = (next: string) => {
    setTheme(next);
    document.documentElement.dataset.theme = next;
    localStorage.setItem("theme", next);
    document.cookie = `theme=${next};path=/;max-age=31536000;samesite=lax`;
  };
  return (
    <div className="ed-person" ref={box}>
      <button type="button" className="avatar" aria-label={`${name}: menu`} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}>
        {initials}
      </button>
      {open ? (
        <div className="float-menu" role="menu">
          <p className="menu-note">{name}</p>
          {THEMES.map(([value, icon, label]) => (
            <button key={value} type="button" role="menuitemradio" aria-checked={theme === value} onClick={() => choose(value)}>
              <Icon name={icon} /> {label}
              {theme === value ? <Icon name="check" className="menu-check" /> : null}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** Closes what is open on a press outside of it, and on Escape. */
export function useOutside(box: React.RefObject<HTMLElement | null>, open: boolean, close: () => void): void {
  useEffect(() => {
    if (!open) return;
    const press = (event: PointerEvent) => !box.current?.contains(event.target as Element) && close();
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      close();
    };
    window.addEventListener("pointerdown", press, true);
    window.addEventListener("keydown", key, true);
    return () => {
      window.removeEventListener("pointerdown", press, true);
      window.removeEventListener("keydown", key, true);
    };
  });
}
