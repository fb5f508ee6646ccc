// One icon of the page's sprite (Tabler outline, stroke 1.75). Decorative unless it gets a label.

export function Icon({ name, size = 16, label, className = "" }: { name: string; size?: number; label?: string; className?: string }) {
  return (
    <svg
      className={`icon ${className}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      focusable="false"
    >
      <use href={`${spriteUrl()}#${name}`} />
    </svg>
  );
}

let sprite: string | null = null;

/** The editor page names the sprite (its name is hashed in production); the plain path is the fallback. */
function spriteUrl(): string {
  sprite ??= document.getElementById("editor")?.dataset.icons ?? "/static/icons.svg";
  return sprite;
}
