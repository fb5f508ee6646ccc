const WHOLE = new Intl.NumberFormat("en-GB");

/** 3206 -> "3,206". */
export const grouped = (n: number): string => WHOLE.format(n);
/** (2, "step") -> "2 steps". */
export const counted = (n: number, noun: string): string => `${grouped(n)} ${noun}${n === 1 ? "" : "s"}`;
