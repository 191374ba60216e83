/** Figures of units in few characters. */
import { byteSize } from "./age.ts";

/** `12%`; more than 100% is more than one core. Empty while it is not known. */
export function cpuText(share: number | null): string {
  return share === null ? "" : `${Math.round(share * 100)}%`;
}

/** `45M`, `1.4G`. Empty while it is not known. */
export function memoryText(bytes: number | null): string {
  return bytes === null ? "" : byteSize(bytes).replace(/ |iB/g, "");
}

/** Empty for none. */
export function restartsText(restarts: number): string {
  return restarts === 0 ? "" : String(restarts);
}
