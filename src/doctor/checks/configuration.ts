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

async function committedAt(root: string, world: World): Promise<readonly Remark[]> {
  const { host, checkout } = world;
  const suspicious = looked.flatMap((name) => secretLines(join(root, name)).map((found) => ({ name, ...found })));
  if (suspicious.length === 0 || checkout.gitDirectory === undefined || onPath("git", host.environment) === undefined) return [];
  const names = [...new Set(suspicious.map(({ name }) => name))];
  const kept = new Set(await gitLines(["ls-files", "--", ...names], root, world));
  const found = suspicious.filter(({ name }) => kept.has(name));
  const published = found.length === 0 ? undefined : await publishedPieces(names, root, world);
  return found.map(({ name, line, hidden }): Remark => {
    const place = relative(checkout.repository, join(root, name)) || name;
    const what = `${place}:${line} looks like a secret, and git keeps this file`;
    if (published === undefined || hidden.every((piece) => published.has(piece))) return { status: "warn", detail: what, hint: `${moveIt}; then change the secret, since git remembers it` };
    return { status: "fail", reason: "action_failed", detail: `${what}: the next push would publish it`, hint: `${moveIt}, and take it out of commits that hold it. If it is no secret, \`envctl commit --push\` and \`envctl pr\` do not ask` };
  });
}

const moveIt = "move the value into .envctl.local, which must be in .gitignore, or take it from your environment: `${env.NAME}`";

/** Everything the files say where the commits of this branch and those of a remote part; undefined where nothing is ever pushed. */
async function publishedPieces(names: readonly string[], root: string, world: World): Promise<ReadonlySet<string> | undefined> {
  if ((await gitLines(["remote"], root, world)).length === 0) return undefined;
  const unpushed = await gitLines(["rev-list", "--boundary", "HEAD", "--not", "--remotes"], root, world);
  const shared = unpushed.length === 0 ? ["HEAD"] : unpushed.filter((line) => line.startsWith("-")).map((line) => line.slice(1));
  const files = await Promise.all(shared.slice(0, mostShared).flatMap((commit) => names.map((name) => gitLines(["show", `${commit}:./${name}`], root, world))));
  return new Set(files.flat().flatMap(piecesOf));
}

const mostShared = 8;

async function gitLines(args: readonly string[], root: string, { host, deadlineMs }: World): Promise<readonly string[]> {
  const { stdout } = await host.runProgram(["git", "-C", root, ...args], { timeoutMs: deadlineMs - 50, environment: host.environment });
  return stdout.split("\n").filter((line) => line !== "");
}

interface SecretLine {
  readonly line: number;
  /** What of it is hidden when it is shown. */
  readonly hidden: readonly string[];
}

/** Lines in which something is hidden when they are shown. */
function secretLines(path: string): readonly SecretLine[] {
  if (!existsSync(path)) return [];
  const { text } = createRedaction();
  return readFileSync(path, "utf8").split("\n").flatMap((line, index) => {
    const [said, shown] = [withoutReferences(line), text(withoutReferences(line))];
    return /^\s*#/.test(line) || said === shown ? [] : [{ line: index + 1, hidden: piecesOf(said).filter((piece) => !shown.includes(piece)) }];
  });
}

/** A line may change in the form or beside the secret. */
function piecesOf(line: string): readonly string[] {
  return line.split(/[\s"',{}[\]]+/).filter((piece) => piece !== "");
}

/** `${postgres.password}` says where the secret is. */
function withoutReferences(line: string): string {
  return line.replaceAll(/\$\{[^}]*\}/g, "${x}");
}
