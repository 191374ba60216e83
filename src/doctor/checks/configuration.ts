/** `.envctl` of every project: does it load, does it warn, does it hold secrets that git keeps. */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { onPath } from "../../host/on-path.ts";
import { placeText, UserError, type Failure } from "../../model/failure.ts";
import { createRedaction } from "../../redaction/redact.ts";
import { orPass, type Check, type Remark, type World } from "../check.ts";
import { counted } from "../words.ts";

export const configurationCheck: Check = {
  id: "configuration",
  title: "Configuration",
  gates: [],
  run: async (world) => {
    const projects = await world.projects();
    const remarks = await Promise.all(projects.map(({ root }) => remarksOn(root, world)));
    const unique = [...new Map(remarks.flat().map((remark) => [remark.detail, remark])).values()];
    return orPass(unique, `.envctl loads for ${counted(projects.length, "project")}`);
  },
};

async function remarksOn(root: string, world: World): Promise<readonly Remark[]> {
  try {
    const { warnings, isDetected } = await world.configAt(root);
    const detected: readonly Remark[] = isDetected ? [{ status: "warn", detail: `there is no .envctl in ${world.checkout.repository}: services are only guessed`, hint: "write it down: `envctl config --detect --write`" }] : [];
    return [...detected, ...warnings.map((failure) => remarkOf("warn", failure))];
  } catch (error) {
    if (error instanceof UserError) return error.failures.map((failure) => remarkOf("fail", failure));
    throw error;
  }
}

function remarkOf(status: Remark["status"], { message, hint, place, reason }: Failure): Remark {
  return { status, reason, detail: place === undefined ? message : `${placeText(place)}: ${message}`, ...(hint === undefined ? {} : { hint }) };
}

/** What git keeps everybody has who has the repository. */
export const committedSecretsCheck: Check = {
  id: "committed-secrets",
  title: "Secrets in git",
  gates: ["ship"],
  run: async (world) => {
    const roots = [...new Set((await world.projects()).map(({ root }) => root))];
    const remarks = await Promise.all(roots.map((root) => committedAt(root, world)));
    const unique = [...new Map(remarks.flat().map((remark) => [remark.detail.replace(/^.*\//, ""), remark])).values()];
    return orPass(unique, "no .envctl that git keeps holds one");
  },
};

const looked = [".envctl", ".envctl.local"] as const;

async function committedAt(root: string, { host, checkout }: World): Promise<readonly Remark[]> {
  const suspicious = looked.flatMap((name) => secretLines(join(root, name)).map((line) => ({ name, line })));
  if (suspicious.length === 0 || checkout.gitDirectory === undefined || onPath("git", host.environment) === undefined) return [];
  const names = [...new Set(suspicious.map(({ name }) => name))];
  const { stdout } = await host.runProgram(["git", "-C", root, "ls-files", "--", ...names], { timeoutMs: 800, environment: host.environment });
  const kept = new Set(stdout.split("\n"));
  return suspicious.filter(({ name }) => kept.has(name)).map(({ name, line }): Remark => ({
    status: "warn",
    detail: `${relative(checkout.repository, join(root, name)) || name}:${line} looks like a secret, and git keeps this file`,
    hint: "move the value into .envctl.local, which must be in .gitignore, or take it from your environment: `${env.NAME}`; then change the secret, since git remembers it",
  }));
}

/** Numbers of lines in which something is hidden when they are shown. */
function secretLines(path: string): readonly number[] {
  if (!existsSync(path)) return [];
  const { text } = createRedaction();
  return readFileSync(path, "utf8").split("\n").flatMap((line, index) => (/^\s*#/.test(line) || withoutReferences(line) === text(withoutReferences(line)) ? [] : [index + 1]));
}

/** `${postgres.password}` says where the secret is. */
function withoutReferences(line: string): string {
  return line.replaceAll(/\$\{[^}]*\}/g, "${x}");
}
