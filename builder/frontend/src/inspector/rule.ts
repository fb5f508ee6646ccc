/* Calendar rules (RFC 5545) as far as a form can show them: every so many days, weeks, months or years, on which days. */

export interface Rule {
  unit: string;
  every: number;
  days: string[];
  monthDay: string;
  month: string;
}

/** Null for a rule that says more than the form can show: it stays text. */
export function readRule(value: unknown): Rule | null {
  if (typeof value !== "string") return null;
  const parts = new Map(value.toUpperCase().split(";").map((part) => part.split("=", 2) as [string, string]));
  const unit = parts.get("FREQ") ?? "";
  const allowed: Record<string, string[]> = { DAILY: [], WEEKLY: ["BYDAY"], MONTHLY: ["BYMONTHDAY"], YEARLY: ["BYMONTHDAY", "BYMONTH"] };
  if (!allowed[unit] || [...parts.keys()].some((key) => key !== "FREQ" && key !== "INTERVAL" && !allowed[unit]!.includes(key))) return null;
  const days = parts.get("BYDAY")?.split(",") ?? [];
  const [monthDay, month] = [parts.get("BYMONTHDAY") ?? "", parts.get("BYMONTH") ?? ""];
  const every = Number(parts.get("INTERVAL") ?? 1);
  if (days.some((day) => !/^(MO|TU|WE|TH|FR|SA|SU)$/.test(day)) || !/^(-1|\d*)$/.test(monthDay) || !/^\d*$/.test(month) || !Number.isInteger(every) || every < 1) return null;
  if (((unit === "MONTHLY" || unit === "YEARLY") && !monthDay) || (unit === "YEARLY" && !month)) return null;
  return { unit, every, days, monthDay, month };
}

export function writeRule(rule: Rule): string {
  const parts = [`FREQ=${rule.unit}`];
  if (rule.every > 1) parts.push(`INTERVAL=${rule.every}`);
  if (rule.unit === "WEEKLY" && rule.days.length) parts.push(`BYDAY=${rule.days.join(",")}`);
  if (rule.unit === "YEARLY" && rule.month) parts.push(`BYMONTH=${rule.month}`);
  if (rule.unit !== "DAILY" && rule.unit !== "WEEKLY" && rule.monthDay) parts.push(`BYMONTHDAY=${rule.monthDay}`);
  return parts.join(";");
}
