/** Durations and sizes in few characters. */

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** `420 ms`, `3.2s`, `7s`, `3m 20s`, `2h 5m`, `4d 1h`. Negative durations, from a clock that jumped, count as none. */
export function duration(milliseconds: number): string {
  const whole = Math.max(0, Math.round(milliseconds));
  const at = units.findIndex(([, size]) => whole >= size);
  const unit = units[at];
  if (unit === undefined) return `${whole} ms`;
  if (whole < 10_000) return `${Number((whole / 1000).toFixed(1))}s`;
  const next = units[at + 1];
  const rest = next === undefined ? 0 : Math.floor((whole % unit[1]) / next[1]);
  return `${Math.floor(whole / unit[1])}${unit[0]}${next === undefined || rest === 0 ? "" : ` ${rest}${next[0]}`}`;
}

/** Milliseconds between two ISO times or epoch values; never negative. */
export function ageMs(since: string, nowMs: number): number {
  const at = Date.parse(since);
  return Number.isNaN(at) ? 0 : Math.max(0, nowMs - at);
}

/** `512 B`, `1.4 KiB`, `20 MiB`. */
export function byteSize(bytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let at = 0;
  while (value >= 1024 && at < names.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${at === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${names[at]}`;
}
