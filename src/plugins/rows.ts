/** Rows of plug-ins as rows of envctl's own tables. What their code throws is told with the plug-in's path. */
import type { CommandSpec } from "../cli/command.ts";
import type { Attribution } from "../host/attribution.ts";
import { isFile, isInside } from "../host/extension-places.ts";
import type { ServiceFile } from "../host/service-files.ts";
import { UserError } from "../model/failure.ts";
import { longestTimerMs } from "../model/job.ts";
import { isServiceName } from "../model/service.ts";
import type { Check } from "../doctor/check.ts";
import type { EngineRuntime } from "../runtime.ts";
import type { Detector } from "../config/detect/proposal.ts";
import type { PluginCheck, PluginCommand, PluginCommandInput, PluginContext, PluginDetector, PluginFlag, PluginRemark, PluginService } from "./definition.ts";
import { candidatesOf } from "./candidates.ts";
import type { Contributed } from "./plugins.ts";
import { thrownStack, thrownText } from "./thrown.ts";

/** What checks and commands of plug-ins may ask. */
export function contextOf({ checkout, host, discoverProjects, resolveConfig, repository }: Pick<EngineRuntime, "checkout" | "host" | "discoverProjects" | "resolveConfig" | "repository">): PluginContext {
  return {
    repository: checkout.repository,
    projectRoot: checkout.projectRoot,
    environment: host.environment,
    projects: discoverProjects,
    config: async () => (await resolveConfig({ projectRoot: checkout.projectRoot })).config,
    state: () => repository.latest()?.state,
  };
}

/** The row of a command. Its answer is printed as it is. */
export function commandRow({ row, name: plugin, path }: Contributed<PluginCommand>, attribution: Attribution): CommandSpec {
  const { name, about, aliases, args, flags = [], takesPassthrough, isDestructive, examples } = row;
  return {
    name,
    about: `${about} (plug-in ${plugin})`,
    family: "other",
    needs: "repository",
    isBare: true,
    flags,
    ...(aliases === undefined ? {} : { aliases }),
    ...(args === undefined ? {} : { args }),
    ...(takesPassthrough === undefined ? {} : { takesPassthrough }),
    ...(isDestructive === undefined ? {} : { isDestructive }),
    ...(examples === undefined ? {} : { examples }),
    load: async () => ({
      run: async ({ args: words, passthrough, flags: given, wantsJson, isInteractive, signal, note }, runtime) => {
        const later = (error: unknown): void => note(`warning: the plug-in ${path} threw where nobody caught it: ${thrownStack(error).join("\n")}`);
        const report = await awake(blamed({ path, attribution, later }, async () => row.run({ args: words, passthrough, flags: ownFlags(given, flags), wantsJson, isInteractive, signal, note }, contextOf(runtime))));
        if (wantsJson) blamedNow(path, () => assertJson(report));
        return report;
      },
      text: (report) => blamedNow(path, () => linesOf(row.text?.(report) ?? (report === undefined ? [] : [JSON.stringify(report, null, 2)]))),
      ...(row.exit === undefined ? {} : { exit: (report: unknown) => blamedNow(path, () => exitOf(row.exit?.(report))) }),
    }),
  };
}

/** Without those every command has. */
function ownFlags(given: PluginCommandInput["flags"], flags: readonly PluginFlag[]): PluginCommandInput["flags"] {
  return Object.fromEntries(Object.entries(given).filter(([name]) => flags.some((flag) => flag.name === name)));
}

/** The row of a check. */
export function checkRow({ row, path }: Contributed<PluginCheck>, context: PluginContext, attribution: Attribution): Check {
  return { id: row.id, title: row.title, gates: row.gates ?? [], run: async () => blamed({ path, attribution, later: () => undefined }, async () => remarksOf(await row.run(context))) };
}

/** The row of a detector, in the form of ours. */
export function detectorRow({ row, name }: Contributed<PluginDetector>): Detector {
  return { id: `${name}/${row.id}`, files: row.files, detect: (tree, directory) => candidatesOf(row.detect(tree, directory)) };
}

/** A service as if it had been found by its name. It is allowed as its plug-in is, so its module must be part of that. */
export function serviceFile({ row, file }: Contributed<PluginService>): ServiceFile {
  const { name, module, type, capabilities = [] } = row;
  const problem = !isServiceName(name) ? `a service cannot be called "${name}"` : !isFile(module) ? `${module} is missing` : isInside(module, file.root) ? undefined : `${module} lies outside of the plug-in, which is in ${file.root}`;
  return { name, origin: "plug-in", path: module, manifest: { about: "", capabilities, ...(type === undefined ? {} : { type }) }, needsTrust: false, ...(problem === undefined ? {} : { problem }) };
}

interface Guard {
  readonly path: string;
  readonly attribution: Attribution;
  /** Told what is thrown when the work is over. */
  readonly later: (error: unknown) => void;
}

/**
 * Runs code of a plug-in. What it throws is no bug of envctl's: it is told as the plug-in's, with its stack. Thrown where nobody catches
 * it, by a timer say, it ends the work, too: whoever waits for that would wait for ever.
 */
async function blamed<T>({ path, attribution, later }: Guard, work: () => Promise<T>): Promise<T> {
  let isOver = false;
  try {
    return await new Promise<T>((resolve, reject) => {
      // A rejection that nobody waits for is only known a turn later.
      const ended = (value: T): void => void setImmediate(() => resolve(value));
      attribution.run((error) => (isOver ? later(error) : reject(error)), work).then(ended, reject);
    });
  } catch (error) {
    throw blame(path, error);
  } finally {
    isOver = true;
  }
}

/** The same for what answers at once. */
function blamedNow<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw blame(path, error);
  }
}

function blame(path: string, error: unknown): unknown {
  if (error instanceof UserError || (error instanceof Error && error.name === "AbortError")) return error;
  return new UserError({ reason: "adapter_invalid", message: `the plug-in ${path} failed: ${thrownText(error)}`, hint: "its own code threw this; `ENVCTL_PLUGINS_NO_INIT` leaves a plug-in out", logTail: thrownStack(error) });
}

/** Node.js ends when nothing it knows of is waited for, as if all were done: a command that waits for Ctrl-C alone would be over at once. */
async function awake<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, longestTimerMs);
  return work.finally(() => clearInterval(timer));
}

function assertJson(report: unknown): void {
  if (report !== undefined && JSON.stringify(report) === undefined) throw new TypeError("its answer cannot be written as JSON");
}

function exitOf(code: unknown = 0): number {
  if (typeof code === "number" && Number.isInteger(code) && code >= 0 && code < 256) return code;
  throw new TypeError("its exit must be a whole number from 0 to 255");
}

function linesOf(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new TypeError("its text must return a list of lines");
}

const statuses: readonly unknown[] = ["pass", "warn", "fail"];

/** As the check gave them; anything else would break the whole of `doctor`. */
function remarksOf(value: unknown): readonly PluginRemark[] {
  const isRemark = (one: unknown): one is PluginRemark => typeof one === "object" && one !== null && "status" in one && statuses.includes(one.status) && "detail" in one && typeof one.detail === "string";
  if (Array.isArray(value) && value.every(isRemark)) return value.map(({ status, detail, hint }) => ({ status, detail, ...(typeof hint === "string" ? { hint } : {}) }));
  throw new TypeError("its check must return a list of { status, detail, hint }, with status pass, warn or fail");
}
