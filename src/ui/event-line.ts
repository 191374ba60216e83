/** One line a person reads as an event happens, or none for those that only machines need. */
import type { Event } from "../model/events.ts";
import type { PortHolder } from "../model/facts.ts";
import { duration } from "./age.ts";

const nameWidth = 24;

/** Aligned: mark, unit, what happened. No cursor tricks, so it reads the same in a file. */
export function eventLine(event: Event): string | undefined {
  switch (event.type) {
    case "unit_preparing":
      return row("…", event.unitId, `preparing: ${event.step}`);
    case "unit_prepared":
      return event.skipped || event.durationMs < 1000 ? undefined : row("✓", event.unitId, `${event.step} done in ${duration(event.durationMs)}`);
    case "unit_ready":
      return row("✓", event.unitId, `ready in ${duration(event.startupMs)}`);
    case "unit_failed":
      return row("✗", event.unitId, event.failure.message);
    case "unit_unhealthy":
      return row("✗", event.unitId, event.failure.message);
    case "unit_recovered":
      return row("✓", event.unitId, `healthy again: ${event.evidence}`);
    case "unit_limit":
      return row("!", event.unitId, limitText(event));
    case "group_failed":
      return row("✗", event.unitId, event.failure.message);
    case "log_truncated":
      return row("!", event.unitId, `its log was emptied by somebody: ${event.knownBytes} bytes were known, ${event.sizeBytes} are there`);
    case "unit_crashed":
      return row("✗", event.unitId, event.failure.message);
    case "unit_restarting":
      return row("↻", event.unitId, event.attempt === 0 ? event.because.message : `restart ${event.attempt} in ${duration(event.delayMs)}`);
    case "unit_blocked":
      return row("-", event.unitId, event.failure.message);
    case "unit_adopted":
      return row("=", event.unitId, `adopted, pid ${event.handle.pid}`);
    case "unit_stopped":
      return row("■", event.unitId, event.killed.length === 0 ? "stopped" : `stopped; had to kill pid ${event.killed.join(", ")}`);
    case "port_moved":
      return row("!", event.unitId, `port ${event.move.requested} is taken by ${holderText(event.move.holder)}; using ${event.move.port}`);
    case "progress":
      return row("…", event.unitId ?? "", progressText(event));
    case "warning":
      return row("!", event.unitId ?? "", event.message);
    default:
      return undefined;
  }
}

/** `uses 612.3 MiB memory of 512.0 MiB`. */
export function limitText({ limit, measured, allowed, action }: Pick<Extract<Event, { type: "unit_limit" }>, "limit" | "measured" | "allowed" | "action">): string {
  const shown = (value: number): string => (limit === "memory" ? `${(value / mebibyte).toFixed(1)} MiB` : limit === "cpu" ? `${Math.round(value * 100)}%` : String(value));
  return `uses ${shown(measured)} ${limitWords[limit]} of ${shown(allowed)}${action === "warn" ? "" : action === "kill" ? "; it is ended" : "; it is restarted"}`;
}

const limitWords = { memory: "memory", cpu: "CPU", fds: "file descriptors", connections: "connections" } as const;

/** Who holds a port, with everything that is known. */
export function holderText(holder: PortHolder): string {
  if (holder.reservation !== undefined) return `${holder.reservation}${holder.pid === undefined ? ", which reserved it" : `, pid ${holder.pid}`}`;
  if (holder.pid === undefined) return `a process this user cannot see, on ${holder.address}`;
  const parts = [
    `pid ${holder.pid}`,
    ...(holder.command === undefined ? [] : [`"${shortened(holder.command)}"`]),
    ...(holder.directory === undefined ? [] : [`in ${holder.directory}`]),
    ...(holder.owner === undefined ? [] : [`which is unit ${holder.owner.split("/").slice(1, -1).join("/")} of ${holder.owner.split("/")[0]}`]),
    ...(holder.container === undefined ? [] : [`for container ${holder.container}`]),
  ];
  return parts.join(" ");
}

const commandWidth = 80;

/** On one line: a command such as `node -e` may hold a whole program. */
function shortened(written: string): string {
  const command = written.replace(/\s+/g, " ").trim();
  return command.length <= commandWidth ? command : `${command.slice(0, commandWidth - 1)}…`;
}

function row(mark: string, unitId: string, text: string): string {
  return `${mark} ${unitId.padEnd(nameWidth)} ${text}`;
}

const mebibyte = 1024 * 1024;

function progressText(event: Extract<Event, { type: "progress" }>): string {
  if (event.done === undefined) return event.text;
  const done = (event.done / mebibyte).toFixed(1);
  return event.total === undefined ? `${event.text}: ${done} MiB` : `${event.text}: ${bar(event.done / event.total)} ${done} of ${(event.total / mebibyte).toFixed(1)} MiB`;
}

const barWidth = 20;

/** `[########------------]`; `share` from 0 to 1. */
function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return `[${"#".repeat(full)}${"-".repeat(barWidth - full)}]`;
}
