/* How many SMS parts a text costs (GSM 03.38; 3GPP TS 23.038 and 23.040). */

const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "\f^{}\\[~]|€";

export interface Segments {
  /** Units used: septets in GSM 03.38 (an extended character counts twice), UTF-16 units otherwise. */
  units: number;
  parts: number;
  /** Units one part holds, given how many parts there are. */
  perPart: number;
  encoding: "gsm" | "unicode";
  /** The characters that make it Unicode, so that one can be found and replaced. */
  costly: string[];
}

/** One character outside GSM 03.38 cuts a part from 160 to 70 (153 to 67 when there are several). */
export function segments(text: string): Segments {
  const costly = new Set<string>();
  let units = 0;
  for (const character of text) {
    if (BASIC.includes(character)) units += 1;
    else if (EXTENDED.includes(character)) units += 2;
    else costly.add(character);
  }
  const encoding = costly.size ? "unicode" : "gsm";
  if (encoding === "unicode") units = text.length;
  const [single, several] = encoding === "gsm" ? [160, 153] : [70, 67];
  const parts = units === 0 ? 0 : units <= single ? 1 : Math.ceil(units / several);
  return { units, parts, perPart: parts > 1 ? several : single, encoding, costly: [...costly] };
}

/** The text as typed without its Liquid marks: their length is only known per person. */
export function withoutLiquid(text: string): { text: string; varies: boolean } {
  const bare = text.replace(/\{%-?[\s\S]*?-?%\}|\{\{[\s\S]*?\}\}/g, "");
  return { text: bare, varies: bare !== text };
}
