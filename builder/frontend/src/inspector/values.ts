import type { Json } from "../model/types";

/** Text that may mean a number or yes/no: what reads back the same is stored as what it means. */
export function meant(text: string): Json {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && String(Number(text)) === text.trim() ? Number(text) : text;
}
