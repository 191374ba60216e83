/** A unix socket that passes everything on to another one and can break all connections. */
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { temporaryDirectory, type Cleanup } from "./temporary.ts";

export interface Relay {
  readonly socket: string;
  /** How many connections there are. */
  connections(): number;
  /** Breaks all connections. New ones are refused until `mend`. */
  cut(): Promise<void>;
  /** Listens again. */
  mend(): Promise<void>;
}

/** A relay to the socket `target`. */
export async function relayTo(target: string, cleanup: Cleanup): Promise<Relay> {
  const socket = join(temporaryDirectory(cleanup, "relay"), "s");
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    for (const [one, other] of [[near, far], [far, near]] as const) {
      open.add(one);
      one.on("error", () => undefined).on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  const mend = (): Promise<void> => new Promise((resolve, reject) => void server.once("error", reject).listen(socket, resolve));
  const cut = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const one of open) one.destroy();
    await closed;
  };
  await mend();
  cleanup(() => (server.listening ? cut() : undefined));
  return { socket, connections: () => open.size / 2, cut, mend };
}
