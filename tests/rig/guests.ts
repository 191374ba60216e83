/** Connections that ask for no service and join as no agent. */
import type { Guest } from "../../src/engine/services/desk.ts";

/** For servers whose services are not what a test is about. */
export function nobodyAsks(): Guest {
  const unused = (): Promise<never> => Promise.reject(new Error("not asked for"));
  return {
    services: unused,
    agents: unused,
    async *pushes() {
      yield await unused();
    },
    leave: () => undefined,
  };
}
