/** Images of an engine: looked for, pulled, built. */
import { readdirSync } from "node:fs";
import type Docker from "dockerode";
import { UserError } from "../model/failure.ts";
import type { BuildSpec, EngineProgress, ImageOperations } from "./container-engine.ts";
import type { Connection } from "./docker-connect.ts";
import { answered, engineTrouble, wordsFailure } from "./docker-trouble.ts";
import { errorText } from "./files.ts";

/** A row of an engine's progress, of a pull or of a build. */
export interface ProgressRow {
  readonly id?: string;
  readonly status?: string;
  readonly stream?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

/** The operations. */
export function imageOperations({ quick, patient }: Connection): ImageOperations {
  const find = async (image: string): Promise<string | undefined> => (await answered(`the image ${image} could not be looked at`, () => quick.getImage(image).inspect()))?.Id;
  const present = async (image: string): Promise<string> => {
    const id = await find(image);
    if (id === undefined) throw new UserError({ reason: "image_missing", message: `the engine has no image ${image} although it said it was done`, hint: "try again" });
    return id;
  };
  return {
    find,
    pull: async (image, progress, signal) => {
      await pull(patient, image, progress, signal);
      return present(image);
    },
    build: async (spec, progress, signal) => {
      await build(patient, spec, progress, signal);
      return present(spec.tag);
    },
  };
}

async function pull(docker: Docker, image: string, progress: EngineProgress, signal: AbortSignal): Promise<void> {
  const doing = `the image ${image} could not be pulled`;
  const sum = pullSum();
  const told = (row: ProgressRow): void => {
    const { done, total } = sum(row);
    if (total > 0) progress(`pulling ${image}`, done, total);
    else progress(`pulling ${image}`);
  };
  try {
    await followed(docker, await docker.pull(image, { abortSignal: signal }), told, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof RowError ? new UserError(wordsFailure(error.message, doing)) : engineTrouble(error, doing);
  }
}

/** Sums the layers that are downloaded, as far as they are known. Unpacking counts nothing: it takes as long as it takes. */
export function pullSum(): (row: ProgressRow) => { readonly done: number; readonly total: number } {
  const layers = new Map<string, { readonly done: number; readonly total: number }>();
  return ({ id, status, progressDetail: detail }) => {
    const known = id === undefined ? undefined : layers.get(id);
    if (id !== undefined && status === "Downloading" && detail?.total !== undefined && detail.total > 0) layers.set(id, { done: detail.current ?? 0, total: detail.total });
    else if (id !== undefined && known !== undefined && status !== "Downloading") layers.set(id, { ...known, done: known.total });
    const all = [...layers.values()];
    return { done: all.reduce((sum, one) => sum + one.done, 0), total: all.reduce((sum, one) => sum + one.total, 0) };
  };
}

const keptLines = 20;

/** With the engine's classic builder, which every engine has: `RUN --mount` and the like need BuildKit, and say so. */
async function build(docker: Docker, spec: BuildSpec, progress: EngineProgress, signal: AbortSignal): Promise<void> {
  const doing = `the image ${spec.tag} could not be built from ${spec.directory}`;
  const lines: string[] = [];
  const told = ({ stream }: ProgressRow): void => {
    for (const line of (stream ?? "").split("\n").filter((text) => text.trim() !== "")) {
      lines.push(line);
      progress(line);
    }
  };
  const options = {
    t: spec.tag,
    dockerfile: spec.dockerfile ?? "Dockerfile",
    labels: { ...spec.labels },
    buildargs: { ...spec.buildArgs },
    forcerm: true,
    abortSignal: signal,
  };
  try {
    await followed(docker, await docker.buildImage({ context: spec.directory, src: readdirSync(spec.directory) }, options), told, signal);
  } catch (error) {
    signal.throwIfAborted();
    const trouble = error instanceof RowError ? new UserError({ ...wordsFailure(error.message, doing), logTail: lines.slice(-keptLines) }) : engineTrouble(error, doing);
    throw trouble === error ? new UserError({ reason: "engine_refused", message: `${doing}: ${errorText(error)}` }) : trouble;
  }
}

/** What an engine says when it fails after it began to answer. */
class RowError extends Error {}

function followed(docker: Docker, stream: NodeJS.ReadableStream, told: (row: ProgressRow) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    const finished = (error: Error | null, rows: readonly ProgressRow[] | null): void => {
      signal.removeEventListener("abort", abort);
      const said = rows?.find((row) => row.error !== undefined)?.error;
      if (said !== undefined) reject(new RowError(said));
      else if (error !== null) reject(error);
      else resolve();
    };
    docker.modem.followProgress(stream, finished, told);
  });
}
