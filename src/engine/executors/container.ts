/** Units in containers: they belong to their engine, outlive the daemon, and are removed when they have ended. */
import { containerLabels, type ContainerEngine, type ContainerFacts, type ContainerOperations } from "../../host/container-engine.ts";
import { addressText } from "../../host/docker-address.ts";
import { UserError } from "../../model/failure.ts";
import type { ContainerHandle, Handle, UnitId } from "../../model/unit.ts";
import { contained, containerSpec, imageOf, networkName, ownerOf, volumeName, type ContainedUnit } from "../containers/container-spec.ts";
import type { Following } from "../containers/follow.ts";
import { isElsewhere, placeOf } from "../containers/place.ts";
import { warnOfUnreachable } from "../containers/reach.ts";
import { ownerLabels } from "../../host/docker-spec.ts";
import type { EngineParts } from "../engine.ts";
import type { Tracked } from "../supervise.ts";
import { exitStatusPath } from "./process.ts";
import { within } from "./residents.ts";
import type { Executor, PrepareOrder, StartOrder, StopResult, StopTarget } from "./executor.ts";

export function containerExecutor(engine: EngineParts): Executor {
  return {
    prepare: (order) => ensureImage(engine, order),
    start: (order) => start(engine, order),
    stop: (target) => end(engine, target, async (containers, id) => {
      const hurry = (): void => void containers.kill(id).catch(() => undefined);
      engine.impatience.signal.addEventListener("abort", hurry, { once: true });
      await containers.stop(id, target.spec.stop.signal, target.spec.stop.graceMs).finally(() => engine.impatience.signal.removeEventListener("abort", hurry));
    }),
    kill: (target) => end(engine, target, (containers, id) => containers.kill(id)),
    run: async (handle, command, timeoutMs) => {
      const { containerId } = own(handle);
      return (await engine.containers.engineOf(own(handle))).containers.exec(containerId, { command, timeoutMs });
    },
  };
}

function own(handle: Handle): ContainerHandle {
  if (handle.inside !== "container") throw new Error("a process is no container");
  return handle;
}

/** An image is pulled when it is not there, and built every time: the engine knows what has not changed. */
async function ensureImage(engine: EngineParts, { spec, callerEnvironment, progress, signal }: PrepareOrder): Promise<void> {
  const unit = contained(spec);
  const { images } = await engine.containers.engineFor(placeOf(spec, callerEnvironment));
  const image = imageOf(engine.containers.scope(), unit);
  const { build } = unit.container;
  if (build !== undefined) {
    const { context, dockerfile, args } = build;
    await images.build({ directory: context, tag: image, labels: ownerLabels(ownerOf(engine.containers.scope(), spec)), buildArgs: args, ...(dockerfile === undefined ? {} : { dockerfile }) }, progress, signal);
  } else if ((await images.find(image)) === undefined) await images.pull(image, progress, signal);
}

async function start(engine: EngineParts, order: StartOrder): Promise<Tracked> {
  const spec = contained(order.spec);
  const docker = await engine.containers.engineFor(placeOf(spec, order.callerEnvironment));
  const told = containerSpec({ ...order, scope: engine.containers.scope(), spec, isElsewhere: isElsewhere(docker.found, spec.container.engine) });
  // Made before they are mounted: not every engine labels what it makes by itself, and somebody else's must not be taken for ours.
  for (const { name } of spec.container.volumes) await docker.volumes.create(volumeName(engine.containers.scope(), spec.project, name), ownerLabels(ownerOf(engine.containers.scope(), spec)));
  // One of an earlier start begins afresh.
  await docker.containers.remove(told.name);
  if (spec.container.network === "project") {
    await engine.containers.inTurn(() => docker.networks.create(networkName(engine.containers.scope()), { [containerLabels.scope]: engine.containers.scope() }));
    await warnOfUnreachable(engine, spec, docker.found);
  }
  const facts = await published(spec.id, async () => {
    const begun = await docker.containers.start(told);
    return forwarded(docker, spec, begun).catch(async (error: unknown) => {
      await docker.containers.remove(begun.id);
      throw error;
    });
  });
  const handle: ContainerHandle = { inside: "container", engine: addressText(docker.found.address), containerId: facts.id, startedAt: facts.startedAt ?? "", imageId: facts.imageId };
  return followed(engine, order, handle, order.callerEnvironment).tracked;
}

/** A port that somebody has taken since the plan was made is a reason to plan again. */
async function published<T>(unitId: UnitId, begin: () => Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    const failure = error instanceof UserError ? error.failures[0] : undefined;
    if (failure?.reason !== "port_unavailable") throw error;
    throw new UserError({ ...failure, reason: "port_taken_by_stranger", message: `${unitId}: ${failure.message}` });
  }
}

/** What its engine published elsewhere is brought to the unit's ports here. */
async function forwarded(docker: ContainerEngine, { container }: ContainedUnit, facts: ContainerFacts): Promise<ContainerFacts> {
  const address = container.engine?.address;
  for (const { inside, port } of container.network === "project" ? container.ports : []) {
    const there = facts.ports.find((one) => one.container === inside)?.host ?? port;
    await docker.forward(port, { port: there, ...(address === undefined ? {} : { address }) });
  }
  return facts;
}

type FollowedStart = Pick<StartOrder, "spec" | "runId" | "startNumber" | "logPath">;

/** Follows a container that an earlier daemon started; resolves when its engine has said what is with it, or takes too long. */
export async function adoptContainer(engine: EngineParts, order: FollowedStart, handle: ContainerHandle, environment: Readonly<Record<string, string>>): Promise<Tracked> {
  const { tracked, looked } = followed(engine, order, handle, environment);
  await within(engine, answerMs, looked);
  if (engine.containers.judge(handle) === "alive") {
    const docker = await engine.containers.engineOf(handle);
    // What led to an engine elsewhere ended with the daemon before.
    const facts = await docker.containers.inspect(handle.containerId).catch(() => undefined);
    if (facts !== undefined) await forwarded(docker, contained(order.spec), facts).catch(() => undefined);
  }
  return tracked;
}

/** What is waited for an engine when a daemon takes charge. */
const answerMs = 10_000;

function followed(engine: EngineParts, order: FollowedStart, handle: ContainerHandle, environment: Readonly<Record<string, string>>): Following {
  const { spec, runId, startNumber, logPath } = order;
  const memoryBytes = spec.container?.memoryBytes;
  const positionPath = `${exitStatusPath(engine, runId, spec.id, startNumber)}.log-position`;
  const following = engine.containers.follow({ unitId: spec.id, handle, logPath, positionPath, ...(memoryBytes === undefined ? {} : { memoryBytes }) }, placeOf(spec, environment));
  engine.supervisor.follow(following.tracked, following.tracked.ended);
  return following;
}

/** How long the engine may take to tell an end it has seen to, the last words included. */
const tellMs = 10_000;

/** Ended, then removed; its volumes stay. What the engine refuses is told, not thrown. */
async function end(engine: EngineParts, { spec, handle, tracked }: StopTarget, ask: (containers: ContainerOperations, id: string) => Promise<void>): Promise<StopResult> {
  const { containerId } = own(handle);
  try {
    const { containers, unforward } = await engine.containers.engineOf(own(handle));
    await ask(containers, containerId);
    const exit = tracked === undefined ? undefined : await within(engine, tellMs, tracked.ended);
    await containers.remove(containerId);
    for (const { port } of spec.ports) await unforward(port);
    return { exit: exit ?? { kind: "unknown" }, killed: [] };
  } catch (error) {
    const failure = error instanceof UserError ? error.failures[0] : undefined;
    if (failure === undefined) throw error;
    return { exit: { kind: "unknown" }, killed: [], stuck: { failure, handle, gone: tracked?.ended ?? new Promise(() => undefined) } };
  }
}
