/** Turns what an engine or the way to it says into words for a person. */
import { UserError, type Failure } from "../model/failure.ts";
import type { ContainerEnd } from "./container-engine.ts";

interface Row {
  readonly pattern: RegExp;
  readonly failure: (match: RegExpExecArray, doing: string) => Failure;
}

/** What engines say, Docker's words and Podman's. The first row that matches holds. */
const rows: readonly Row[] = [
  {
    // All are published on this address.
    pattern: /127\.0\.0\.1:(\d+)\b[^\n]*(?:port is already allocated|address already in use)/,
    failure: ([, port], doing) => ({ reason: "port_unavailable", message: `${doing}: port ${port} is taken on the engine's machine`, hint: `\`lsof -i :${port}\` or \`docker ps --filter publish=${port}\` says by whom` }),
  },
  {
    pattern: /container name "?\/?([^"\s]+)"? is already in use/i,
    failure: ([, name], doing) => ({ reason: "conflict", message: `${doing}: another container has taken the name ${name} meanwhile`, hint: `\`docker ps --all --filter name=${name}\` shows it` }),
  },
  {
    pattern: /no space left on device|disk quota exceeded/i,
    failure: (_, doing) => ({ reason: "engine_refused", message: `${doing}: the engine's disk is full`, hint: "`docker system df` says what uses it, `docker system prune` gives back what nothing needs" }),
  },
  {
    pattern: /toomanyrequests|pull rate limit/i,
    failure: (_, doing) => ({ reason: "image_missing", message: `${doing}: the registry allows no more pulls for now`, hint: "`docker login` raises the limit; or pull the image from another registry" }),
  },
  {
    pattern: /(?:^|: )denied\b|pull access denied|resource is denied|unauthorized|no basic auth credentials|authentication required/i,
    failure: (_, doing) => ({ reason: "image_missing", message: `${doing}: the registry refuses it, or has no such image`, hint: "check the image's name; for a private one, `docker pull` it once yourself" }),
  },
  {
    pattern: /manifest (?:for \S+ )?(?:unknown|not found)|manifest unknown|repository .*not found|name unknown/i,
    failure: (_, doing) => ({ reason: "image_missing", message: `${doing}: the registry has no such image`, hint: "check the image's name and tag" }),
  },
  {
    pattern: /no such image: (\S+)|(\S+): image not known/i,
    failure: ([, docker, podman], doing) => ({ reason: "image_missing", message: `${doing}: the engine does not have the image ${docker ?? podman}`, hint: "pull or build it first" }),
  },
  {
    pattern: /dial tcp|lookup \S+|TLS handshake|i\/o timeout|Client\.Timeout|server misbehaving|context deadline exceeded/,
    failure: (match, doing) => ({ reason: "image_missing", message: `${doing}: the registry cannot be reached (${match.input.trim()})`, hint: "check the network of the engine's machine; an image that it has already needs no registry" }),
  },
];

/** Codes of a connection that was never there, and of one that broke. */
const connectionCodes: Readonly<Record<string, string>> = {
  ENOENT: "its socket is not there",
  ECONNREFUSED: "nothing listens there",
  EACCES: "this user may not use its socket",
  EPERM: "this user may not use its socket",
  ENOTFOUND: "its host name is not known",
  EHOSTUNREACH: "its host cannot be reached",
  ENETUNREACH: "its network cannot be reached",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "it closed the connection or did not answer in time",
  EPIPE: "it closed the connection",
};

/** True when the engine could not be asked: worth another try later. */
export function isConnectionTrouble(error: unknown): boolean {
  return connectionWords(error) !== undefined || (error instanceof UserError && error.failures.some(({ reason }) => reason === "engine_unreachable"));
}

/** HTTP status of the engine's answer; undefined for anything else. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : undefined;
}

/** The engine's answer; undefined for the given states of HTTP, which say that there is nothing to do. Throws UserErrors. */
export async function answered<T>(doing: string, ask: () => Promise<T>, nothing: readonly number[] = [404]): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const status = statusOf(error);
    if (status !== undefined && nothing.includes(status)) return undefined;
    throw engineTrouble(error, doing);
  }
}

/** `doing` says what was tried: `container "x" could not be started`. A UserError stays what it is, and so does a bug. */
export function engineTrouble(error: unknown, doing: string): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const connection = connectionWords(error);
  if (connection !== undefined) return new UserError({ reason: "engine_unreachable", message: `${doing}: the container engine cannot be asked, ${connection}`, hint: "see whether the engine runs: `docker version`" });
  const words = engineWords(error);
  return words === undefined ? error : new UserError(wordsFailure(words, doing));
}

/** The failure for words an engine wrote into a stream of progress. */
export function wordsFailure(words: string, doing: string): Failure {
  for (const { pattern, failure } of rows) {
    const match = pattern.exec(words);
    if (match !== null) return failure(match, doing);
  }
  return { reason: "engine_refused", message: `${doing}: ${words.trim()}` };
}

/** Why this way to an engine leads nowhere, in a few words. */
export function probeWords(error: unknown): string {
  return connectionWords(error) ?? engineWords(error) ?? (error instanceof Error ? error.message : String(error));
}

/** Why a container that ended by itself did. */
export function endFailure(name: string, end: ContainerEnd, memoryBytes?: number): Failure {
  if (!end.isOutOfMemory) return { reason: "process_exited", message: `container ${name} ended with ${end.exitCode}` };
  const limit = memoryBytes === undefined ? "the machine has" : `its limit of ${Math.round(memoryBytes / 1_048_576)} MiB`;
  return { reason: "limit_exceeded", message: `container ${name} was ended by the kernel: it wanted more memory than ${limit}`, hint: "raise its memory limit" };
}

function connectionWords(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === "TimeoutError") return "it does not answer";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (/CERT|TLS|SSL/.test(code)) return `its certificate is not accepted (${error.message})`;
  return connectionCodes[code];
}

/** Without what the client library puts around it. */
function engineWords(error: unknown): string | undefined {
  return error instanceof Error && statusOf(error) !== undefined ? error.message.replace(/^\(HTTP code \d+\) [^-]*- /, "").trim() : undefined;
}
