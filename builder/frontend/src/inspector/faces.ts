// The tint of somebody's face: as the pages have it (contacts/templatetags/look.py), so that one person looks the same everywhere.

const FACES = ["messages", "timing", "contact", "logic", "site", "start"] as const;
const SPREAD = 1396345;

/** Two letters: first and last word, else the first two letters. */
export function initialsOf(name: string): string {
  const words = name.split(/[@.\s]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const [first] = words;
  if (!first) return "?";
  const last = words[words.length - 1]!;
  return (words.length > 1 ? first[0]! + last[0]! : first.slice(0, 2)).toUpperCase();
}

export function faceOf(initials: string): (typeof FACES)[number] {
  return FACES[(Math.imul(crc32(initials), SPREAD) >>> 16) % FACES.length]!;
}

function crc32(text: string): number {
  let crc = ~0;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}
