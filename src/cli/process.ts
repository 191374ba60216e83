/** Ties a command to this process: streams, signals, the exit code. */
import { commands } from "../commands/table.ts";
import { composeRuntime } from "./compose.ts";
import { runCommand, type Shell } from "./run.ts";

const interruptedExit = 2;

/** Ours, whatever code of others is kept from. */
const leave: typeof process.exit = process.exit.bind(process);

/** Runs to the end of the command and exits; never returns to a caller that has more to do. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  const interrupt = new AbortController();
  const interrupted = (): void => interrupt.abort(new DOMException("interrupted", "AbortError"));
  // `envctl logs | head`: the reader has what it wanted.
  let unread = (): void => leave(0);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", (error: NodeJS.ErrnoException) => (error.code === "EPIPE" ? unread() : leave(1)));
  let signals = 0;
  const stop = (): void => {
    signals += 1;
    if (signals > 1) leave(interruptedExit);
    interrupted();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const code = await runCommand(argv, processShell(interrupt.signal, () => (unread = interrupted)));
  await flushed(process.stdout);
  await flushed(process.stderr);
  leave(code);
}

function processShell(signal: AbortSignal, endWithReader: () => void): Shell {
  return {
    environment: process.env,
    directory: () => process.cwd(),
    signal,
    endWithReader,
    writeOut: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    get isInputTerminal() { return process.stdin.isTTY === true; },
    isOutputTerminal: process.stdout.isTTY === true,
    // What is read by a program, or a person later, has all the room it needs.
    width: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
    compose: composeRuntime,
    table: async () => commands,
  };
}

/** A pipe takes text later than `write` returns, and `exit` would drop it. */
async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => stream.write("", () => resolve()));
}
