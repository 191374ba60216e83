/** Containers of one scope in one engine. */
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { UserError } from "../model/failure.ts";
import { systemClock } from "./clock.ts";
import { containerLabels, type ContainerFacts, type ContainerOperations, type ContainerFigures, type ContainerSpec, type Labels } from "./container-engine.ts";
import { errorText } from "./files.ts";
import type { Connection } from "./docker-connect.ts";
import { execIn } from "./docker-exec.ts";
import { followLog } from "./docker-logs.ts";
import { containerFacts, containerFigures, createOptions, labelFilter } from "./docker-spec.ts";
import { answered, engineTrouble, statusOf } from "./docker-trouble.ts";

/** An engine under load takes its time to end a container that was killed. */
const killMs = 30_000;

/** The operations; `scope` is what the label of a container must say for it to be changed. */
export function containerOperations(connection: Connection, scope: string): ContainerOperations {
  const { quick, patient } = connection;
  const inspect = (container: string) => factsOf(quick, container);
  const mine = (container: string) => ownFacts(quick, scope, container);
  return {
    inspect,
    start: (spec) => start(quick, scope, spec),
    list: (labels) => list(quick, labels),
    stop: (container, signal, graceMs) => stop(connection, scope, container, signal, graceMs),
    kill: async (container, signal = "SIGKILL") => {
      const facts = await mine(container);
      if (facts?.isRunning === true) await sendSignal(quick, facts.id, signal);
    },
    remove: async (container) => {
      const facts = await mine(container);
      if (facts !== undefined) await remove(quick, facts);
    },
    ended: async (container, signal) => {
      await waitUntilEnded(patient, container, signal);
      return inspect(container);
    },
    followLog: (container, from, write, signal) => followLog(connection, { container, from, write, signal }),
    exec: (container, spec) => execIn(patient, container, spec),
    figures: (container) => figuresOf(quick, container),
  };
}

async function factsOf(docker: Docker, container: string): Promise<ContainerFacts | undefined> {
  return answered(`container ${container} could not be looked at`, async () => containerFacts(await docker.getContainer(container).inspect()));
}

/** Undefined when there is none; a conflict when it is not this scope's. */
async function ownFacts(docker: Docker, scope: string, container: string): Promise<ContainerFacts | undefined> {
  const facts = await factsOf(docker, container);
  if (facts !== undefined && facts.labels[containerLabels.scope] !== scope) throw foreign(facts);
  return facts;
}

function foreign({ name, id, labels }: ContainerFacts): UserError {
  const owner = labels[containerLabels.scope];
  const whose = owner === undefined ? "was not made by envctl" : `belongs to another repository (${owner})`;
  return new UserError({ reason: "conflict", message: `the container ${name} (${id.slice(0, 12)}) ${whose}; it is left alone`, hint: `\`docker rename ${name} …\` or \`docker rm ${name}\`, if nobody needs it` });
}

async function start(docker: Docker, scope: string, spec: ContainerSpec): Promise<ContainerFacts> {
  const doing = `container ${spec.name} could not be started`;
  if (spec.labels[containerLabels.scope] !== scope) throw new Error(`${spec.name} lacks the label of the scope ${scope}`);
  try {
    const present = await ownFacts(docker, scope, spec.name);
    const isSame = present !== undefined && spec.labels[containerLabels.spec] !== undefined && present.labels[containerLabels.spec] === spec.labels[containerLabels.spec];
    if (present !== undefined && !isSame) await remove(docker, present);
    const id = present !== undefined && isSame ? present.id : (await docker.createContainer(createOptions(spec))).id;
    await begin(docker, id, present === undefined || !isSame);
    return containerFacts(await docker.getContainer(id).inspect());
  } catch (error) {
    throw engineTrouble(error, doing);
  }
}

/** One that was made and cannot start is of no use; it would hold its name. */
async function begin(docker: Docker, id: string, isNew: boolean): Promise<void> {
  try {
    await docker.getContainer(id).start();
  } catch (error) {
    // It runs already.
    if (statusOf(error) === 304) return;
    if (isNew) await docker.getContainer(id).remove({ v: true, force: true }).catch(() => undefined);
    throw error;
  }
}

async function list(docker: Docker, labels: Labels): Promise<readonly ContainerFacts[]> {
  const rows = await answered("the containers could not be listed", () => docker.listContainers({ all: true, filters: { label: labelFilter(labels) } }));
  const facts = await Promise.all((rows ?? []).map(({ Id }) => factsOf(docker, Id)));
  return facts.filter((one) => one !== undefined);
}

/** By two signals rather than the engine's own stop, to which older engines cannot say which signal. */
async function stop({ quick, patient }: Connection, scope: string, container: string, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  const facts = await ownFacts(quick, scope, container);
  if (facts?.isRunning !== true) return;
  await sendSignal(quick, facts.id, signal);
  if (await endedWithin(patient, facts.id, graceMs)) return;
  await sendSignal(quick, facts.id, "SIGKILL");
  if (await endedWithin(patient, facts.id, killMs)) return;
  throw new UserError({ reason: "stop_failed", message: `container ${facts.name} still runs ${killMs / 1000} s after it was killed`, hint: `see what the engine says: \`docker inspect ${facts.name}\`` });
}

async function endedWithin(docker: Docker, id: string, ms: number): Promise<boolean> {
  const deadline = new AbortController();
  const ended = waitUntilEnded(docker, id, deadline.signal).then(() => true, (error: unknown) => {
    if (deadline.signal.aborted) return false;
    throw error;
  });
  const late = systemClock.sleep(ms, deadline.signal).then(() => false, () => true);
  try {
    return await Promise.race([ended, late]);
  } finally {
    deadline.abort();
  }
}

/** One that is gone has ended. */
async function waitUntilEnded(docker: Docker, container: string, signal: AbortSignal): Promise<void> {
  await answered(`container ${container} could not be waited for`, () => waitAnswer(docker, container, signal));
  signal.throwIfAborted();
}

/** The answer begins at once and ends with the container. The library's own wait is never settled when the connection breaks in between. */
function waitAnswer(docker: Docker, container: string, signal: AbortSignal): Promise<void> {
  const statusCodes = { 200: true, 400: "bad parameter", 404: "no such container", 500: "server error" };
  const call = { path: `/containers/${encodeURIComponent(container)}/wait?`, options: { condition: "not-running" }, method: "POST", isStream: true, abortSignal: signal, statusCodes };
  return new Promise((resolve, reject) => {
    docker.modem.dial(call, (error: unknown, answer: unknown) => {
      if (!(answer instanceof Readable)) return reject(error instanceof Error ? error : new Error("the engine gave no answer"));
      // In this order: a close that follows the end has nothing to say any more.
      answer.once("end", resolve).once("error", reject).once("close", () => reject(new Error("the engine ended the connection"))).resume();
    });
  });
}

/** 409, and Podman's 500 with its own words for it: it ended meanwhile. */
async function sendSignal(docker: Docker, id: string, signal: NodeJS.Signals): Promise<void> {
  const kill = (): Promise<unknown> =>
    docker.getContainer(id).kill({ signal }).catch((error: unknown) => {
      if (!hasEndedMeanwhile.test(errorText(error))) throw error;
    });
  await answered(`container ${id.slice(0, 12)} could not be sent ${signal}`, kill, [404, 409]);
}

const hasEndedMeanwhile = /can only kill running containers/;

/** 409: somebody else is removing it. */
async function remove(docker: Docker, { id, name }: ContainerFacts): Promise<void> {
  await answered(`container ${name} could not be removed`, () => docker.getContainer(id).remove({ v: true, force: true }), [404, 409]);
}

async function figuresOf(docker: Docker, container: string): Promise<ContainerFigures | undefined> {
  const stats = await answered(`container ${container} could not be measured`, () => docker.getContainer(container).stats({ stream: false, "one-shot": true }), [404, 409]);
  return stats === undefined ? undefined : containerFigures(stats);
}
