/** Brings ports of another machine here: `127.0.0.1:here` is answered by that machine, as long as this process lives. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { UserError } from "../model/failure.ts";
import { errorText } from "./files.ts";

export interface PortRelay {
  /** Does nothing when it leads there already. Throws a UserError when the port is taken here. */
  open(here: number, address: string, there: number): Promise<void>;
  close(here: number): Promise<void>;
  closeAll(): Promise<void>;
}

interface Open {
  readonly target: string;
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

export function createPortRelay(): PortRelay {
  const ports = new Map<number, Open>();
  const close = async (here: number): Promise<void> => {
    const open = ports.get(here);
    ports.delete(here);
    if (open === undefined) return;
    for (const socket of open.sockets) socket.destroy();
    await new Promise<void>((resolve) => void open.server.close(() => resolve()));
  };
  return {
    open: async (here, address, there) => {
      const target = `${address}:${there}`;
      if (ports.get(here)?.target === target) return;
      await close(here);
      ports.set(here, { target, ...(await listening(here, address, there)) });
    },
    close,
    closeAll: async () => {
      for (const here of ports.keys()) await close(here);
    },
  };
}

/** Each connection here is one there; what ends on one side ends on the other. */
function listening(here: number, address: string, there: number): Promise<Pick<Open, "server" | "sockets">> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host: address, port: there, allowHalfOpen: true });
    for (const [one, other] of [[near, far], [far, near]] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy()).on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new UserError({ reason: "port_unavailable", message: `port ${here} could not be forwarded to ${address}: ${errorText(error)}`, hint: `\`lsof -i :${here}\` says who has it here` })));
    server.listen(here, "127.0.0.1", () => resolve({ server, sockets }));
  });
}
