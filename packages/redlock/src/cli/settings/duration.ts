/** Durations as people write them: "30s", "500ms", "1h30m". A number without a unit is refused: seconds or milliseconds? */
import { usageError } from "../cli-error.ts";

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `subject` names the option for the message. */
export function readDurationMs(subject: string, text: string): number {
  if (text === "0") return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    throw usageError(`${subject} must be a duration like 30s, 500ms or 1h30m, got ${JSON.stringify(text)}.`);
  }
  return Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0));
}

/** In the two largest units that matter: "1 h 30 min", "23.4 s", "850 ms". */
export function showDuration(durationMs: number): string {
  if (durationMs === Infinity) return "for ever";
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${Math.floor(durationMs / 100) / 10} s`;
  const seconds = Math.floor(durationMs / 1_000);
  const pairs: readonly (readonly [number, string, number, string])[] = [
    [86_400, "d", 3_600, "h"],
    [3_600, "h", 60, "min"],
    [60, "min", 1, "s"],
  ];
  const [large, largeName, small, smallName] = pairs.find(([size]) => seconds >= size)!;
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}
