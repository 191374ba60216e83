/** One line a person reads as an event happens, or none for those that only machines need. */
import type { Event } from "../model/events.ts";
import type { PortHolder } from "../model/facts.ts";
import { excessText } from "../model/limits.ts";
import { handleText } from "../model/unit.ts";
import { duration } from "./age.ts";

const nameWidth = 24;

export interface ProgressLook {
  /** Bars are for a terminal; a file or a pipe gets percentages. */
  readonly hasBars: boolean;
  readonly remainingMs?: number;
}

/** Aligned: mark, unit, what happened. No cursor tricks, so it reads the same in a file. */
export function eventLine(event: Event, look: ProgressLook = { hasBars: false }): string | undefined {
  switch (event.type) {
    case "unit_preparing":
      return eventRow("…", event.unitId, `preparing: ${event.step}${lastTime(event.lastMs)}`);
    case "unit_prepared":
      return event.skipped || event.durationMs < 1000 ? undefined : eventRow("✓", event.unitId, `${event.step} done in ${duration(event.durationMs)}`);
    case "unit_ready":
      return eventRow("✓", event.unitId, `ready in ${duration(event.startupMs)}`);
    case "unit_failed":
      return eventRow("✗", event.unitId, event.failure.message);
    case "unit_unhealthy":
      return eventRow("✗", event.unitId, event.failure.message);
    case "unit_recovered":
      return eventRow("✓", event.unitId, `healthy again: ${event.evidence}`);
    case "unit_limit":
      return eventRow("!", event.unitId, limitText(event));
    case "group_failed":
      return eventRow("✗", event.unitId, event.failure.message);
    case "log_truncated":
      return eventRow("!", event.unitId, `its log was emptied by somebody: ${event.knownBytes} bytes were known, ${event.sizeBytes} are there`);
    case "unit_crashed":
      return eventRow("✗", event.unitId, event.failure.message);
    case "unit_restarting":
      return eventRow("↻", event.unitId, event.attempt === 0 ? event.because.message : `restart ${event.attempt} in ${duration(event.delayMs)}`);
    case "requirement_retry":
      return eventRow("↻", event.unitId, `try ${event.attempt} of ${event.of}: ${event.because}`);
    case "unit_blocked":
      return eventRow("-", event.unitId, event.failure.message);
    case "unit_adopted":
      return eventRow("=", event.unitId, event.handle.inside === "external" ? "watched again" : `adopted, ${handleText(event.handle)}`);
    case "unit_stopped":
      return eventRow("■", event.unitId, event.exit.kind === "released" ? "no longer watched; it is not envctl's, and goes on as it is" : event.killed.length === 0 ? "stopped" : `stopped; had to kill pid ${event.killed.join(", ")}`);
    case "configuration_differs":
      return differenceLine(event);
    case "port_moved":
      return eventRow("!", event.unitId, `port ${event.move.requested} is taken by ${holderText(event.move.holder)}; using ${event.move.port}`);
    case "progress":
      return eventRow("…", event.unitId ?? "", progressText(event, look));
    case "warning":
      return eventRow("!", event.unitId ?? "", event.message);
    default:
      return undefined;
  }
}

/** `, which took 12s the last time`, where that was worth a word. */
function lastTime(lastMs = 0): string {
  return lastMs < 1000 ? "" : `, which took ${duration(lastMs)} the last time`;
}

function differenceLine({ units, problem }: Extract<Event, { type: "configuration_differs" }>): string | undefined {
  const count = Object.keys(units).length;
  if (problem !== undefined) return eventRow("!", "", `the configuration cannot be applied: ${problem.message}`);
  return count === 0 ? undefined : eventRow("!", "", `the configuration differs from what runs (${Object.keys(units).join(", ")}); \`envctl reload\` applies it`);
}

/** `uses 612.3 MiB memory of 512.0 MiB; it is restarted`. */
function limitText(event: Extract<Event, { type: "unit_limit" }>): string {
  return `uses ${excessText(event)}${event.action === "warn" ? "" : event.action === "kill" ? "; it is ended" : "; it is restarted"}`;
}

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

/** Aligned: mark, unit, what happened. */
export function eventRow(mark: string, unitId: string, text: string): string {
  return `${mark} ${unitId.padEnd(nameWidth)} ${text}`;
}

const mebibyte = 1024 * 1024;

function progressText(event: Extract<Event, { type: "progress" }>, { hasBars, remainingMs }: ProgressLook): string {
  if (event.done === undefined) return event.text;
  const done = (event.done / mebibyte).toFixed(1);
  if (event.total === undefined || event.total === 0) return `${event.text}: ${done} MiB`;
  const share = event.done / event.total;
  const left = share >= 1 ? "" : leftText(remainingMs);
  return `${event.text}: ${hasBars ? bar(share) : `${Math.floor(share * 100)} %,`} ${done} of ${(event.total / mebibyte).toFixed(1)} MiB${left}`;
}

/** `, about 8s left`; empty where nothing can be said. */
export function leftText(remainingMs: number | undefined): string {
  return remainingMs === undefined ? "" : `, about ${duration(Math.max(1000, Math.round(remainingMs / 1000) * 1000))} left`;
}

const barWidth = 20;

/** `[########------------]`; `share` from 0 to 1. */
function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return `[${"#".repeat(full)}${"-".repeat(barWidth - full)}]`;
}
