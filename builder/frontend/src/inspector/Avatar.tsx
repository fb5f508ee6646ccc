import { faceOf, initialsOf } from "./faces";

/** Two letters in a colour that stays the same for the same name, here and on the pages. */
export function Avatar({ name, initials, size = 28 }: { name: string; initials?: string; size?: number }) {
  const letters = initials || initialsOf(name);
  const group = faceOf(letters);
  return (
    <span className="avatar" style={{ width: size, height: size, fontSize: size >= 36 ? 13 : 11, color: `var(--g-${group})`, background: `var(--g-${group}-t)` }} aria-hidden="true">
      {letters}
    </span>
  );
}
