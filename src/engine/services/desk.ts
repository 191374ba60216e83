/** Where callers of the daemon ask for services and join as agents: what is made for somebody goes with them. */
import { join } from "node:path";
import { payloadSweep } from "../../host/payload.ts";
import type { AgentOrder, AgentRow } from "../../model/agent.ts";
import type { ServiceAction, ServiceOrder, ServiceOrderOf, ServicePush } from "../../model/service.ts";
import type { EngineParts } from "../engine.ts";
import { createAgents, type Agents } from "./agents.ts";
import { Handles } from "./handles.ts";
import { watchHolders, type Holder } from "./holders.ts";
import { Leases } from "./leases.ts";
import { LivingServices } from "./living-services.ts";
import { dropped, serviceOrders, type Asking, type ServiceOrders } from "./orders.ts";
import { createPushes, type PushFilter, type Pushes } from "./pushes.ts";

/** One connection to the daemon. */
export interface Guest {
  services(order: ServiceOrder, signal: AbortSignal): Promise<unknown>;
  agents(order: AgentOrder, signal: AbortSignal): Promise<readonly AgentRow[]>;
  pushes(filter: PushFilter, signal: AbortSignal): AsyncIterable<ServicePush>;
  /** The connection has ended: what it holds is let go. */
  leave(): void;
}

export interface ServiceDesk {
  enter(): Guest;
  /** How much is held or has joined: the daemon stays for it. */
  count(): number;
  close(): Promise<void>;
}

/** Begins with nothing running. `runner` is the program around a module. */
export function createServiceDesk(engine: Pick<EngineParts, "host" | "scope" | "scopeId" | "checkout" | "trust" | "judge" | "plugins" | "table" | "snapshots" | "line">, runner: string): ServiceDesk {
  const { clock } = engine.host;
  const tidyUp = payloadSweep(engine.scope.payloads, clock);
  const handles = new Handles();
  const leases = new Leases(engine.line, join(engine.scope.root, "reservations.json"));
  const agents = createAgents(clock);
  const pushes = createPushes();
  const lives = createLives();
  const living: LivingServices = new LivingServices({
    engine,
    runner,
    onPush: pushes.tell,
    onOrder: async (order, service) => carryOut(bodies, order, { holder: { kind: "connection", id: `service ${service}` }, signal: lives.signalOf(service) }),
    onGone: ({ path, name }) => {
      for (const { id } of handles.on(path)) handles.remove(id);
      lives.end(name);
      letGo({ kind: "connection", id: `service ${name}` });
    },
  });
  const letGo = (holder: Holder): void => {
    leases.releaseOf(holder);
    for (const handle of handles.heldBy(holder)) void dropped(handles, living, handle).catch(() => undefined);
  };
  const watch = watchHolders({ clock, holders: () => [...handles.all().map(({ owner }) => owner), ...leases.owners()], isAlive: (handle) => engine.judge(handle) !== "dead", onGone: letGo });
  const bodies: ServiceOrders = serviceOrders({ engine, handles, leases, living, look: watch.look });
  // Whoever reserved something of an earlier daemon may be gone.
  watch.look();
  let connections = 0;
  return {
    enter: () => {
      connections += 1;
      tidyUp();
      return guest(`connection ${connections}`, { agents, pushes, bodies, letGo });
    },
    count: () => living.instances() + leases.count() + agents.count(),
    close: async () => {
      watch.close();
      await living.close();
    },
  };
}

/** One of the bodies, by the order's own action. */
async function carryOut<A extends ServiceAction>(bodies: ServiceOrders, order: ServiceOrderOf<A>, asking: Asking): Promise<unknown> {
  return bodies[order.action](order, asking);
}

interface GuestParts {
  readonly agents: Agents;
  readonly pushes: Pushes;
  readonly bodies: ServiceOrders;
  readonly letGo: (holder: Holder) => void;
}

function guest(id: string, { agents, pushes, bodies, letGo }: GuestParts): Guest {
  const holder: Holder = { kind: "connection", id };
  return {
    services: (order, signal) => carryOut(bodies, order, { holder, signal }),
    agents: (order, signal) => agents.order(id, order, signal),
    pushes: pushes.listen,
    leave: () => {
      agents.lose(id);
      letGo(holder);
    },
  };
}

/** What the process of a service waits for, nobody waits for once it is gone. */
function createLives(): { signalOf(service: string): AbortSignal; end(service: string): void } {
  const lives = new Map<string, AbortController>();
  return {
    signalOf: (service) => {
      const life = lives.get(service) ?? new AbortController();
      lives.set(service, life);
      return life.signal;
    },
    end: (service) => {
      lives.get(service)?.abort();
      lives.delete(service);
    },
  };
}
