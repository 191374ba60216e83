/** Sends hostile messages to a daemon's socket, over connections that are made again when they are cut off. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { hostileMessages } from "./hostile-messages.ts";

export interface BarrageResult {
  readonly sent: number;
  /** Answers that were neither a refusal nor any other error. */
  readonly answered: number;
  readonly refused: number;
  readonly cutOff: number;
}

const inOneGo = 50;

/** Sends so many, by fifties: the next ones once those before were read. */
export async function barrage(socketPath: string, count: number, seed: number): Promise<BarrageResult> {
  const next = hostileMessages(seed);
  const tally = { sent: 0, answered: 0, refused: 0, cutOff: 0 };
  while (tally.sent < count) {
    const line = await opened(socketPath, tally);
    let isCutOff = false;
    while (!isCutOff && tally.sent < count) {
      const messages = Array.from({ length: Math.min(inOneGo, count - tally.sent) }, next);
      const upTo = messages.findIndex(({ isGarbage }) => isGarbage);
      const sent = upTo < 0 ? messages : messages.slice(0, upTo + 1);
      tally.sent += sent.length;
      isCutOff = !(await line.read(sent.map((message) => message.line)));
    }
    if (isCutOff) tally.cutOff += 1;
    line.close();
  }
  return tally;
}

interface Line {
  /** False when the connection was cut off instead. */
  read(lines: readonly string[]): Promise<boolean>;
  close(): void;
}

/** A question every daemon answers, behind the others: once it is answered, they were read. */
const question = '{"id":0,"method":"state"}';

async function opened(socketPath: string, tally: { answered: number; refused: number }): Promise<Line> {
  const socket: Socket = connect(socketPath);
  await once(socket, "connect");
  const closed = once(socket, "close").then(() => false);
  let rest = "";
  let wasRead: () => void = () => undefined;
  socket.on("error", () => undefined);
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith('{"id":0,')) wasRead();
      else if (line.includes('"error":')) tally.refused += 1;
      else tally.answered += 1;
    }
  });
  return {
    read: (lines) => {
      const answered = new Promise<boolean>((resolve) => (wasRead = () => resolve(true)));
      socket.write(`${[...lines, question].join("\n")}\n`);
      return Promise.race([answered, closed]);
    },
    close: () => socket.destroy(),
  };
}
