/** The terminal while the dashboard has it: the alternate screen, raw keys, and the way back however it ends. */
import { frameWriter } from "./terminal-frames.ts";
import { guardTerminal, type TerminalGuard } from "./terminal-guard.ts";

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

export interface DashboardTerminal {
  readonly size: () => TerminalSize;
  /** Lines as high and wide as the terminal, with escape sequences for looks. */
  show(lines: readonly string[]): void;
  /** Writes everything anew. */
  redraw(): void;
  /** To the clipboard of whoever sits at the terminal, also over SSH (OSC 52). */
  copy(text: string): void;
  /** Gives the terminal to another program until `work` ends; then waits for a key, if asked to. */
  handOver(work: () => Promise<void>, prompt?: string): Promise<void>;
  /** Back to the shell, until it brings this program to the front again. */
  suspend(): void;
  end(): void;
  /** Resolves when the terminal is the person's again. */
  readonly ended: Promise<void>;
}

export interface TerminalOptions {
  readonly onKey: (key: string) => void;
  readonly onResize: () => void;
  /** Sentences one after the other, on the screen as it is. */
  readonly isForReader: boolean;
}

/** What draws through Ink, loaded after the first frame. */
export interface InkScreen {
  show(lines: readonly string[]): void;
  close(): void;
}

const enter = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H";
const leave = "\u001b[?7h\u001b[?25h\u001b[?1049l";

/** Takes the terminal at once; keys are heard as soon as Ink is there, none is lost. */
export function openDashboardTerminal(options: TerminalOptions): DashboardTerminal {
  const { stdin, stdout } = process;
  const frames = frameWriter((text) => void stdout.write(text));
  let ink: InkScreen | undefined;
  let isOurs = false;
  let isEnding = false;
  let lines: readonly string[] = [];
  let guard: TerminalGuard | undefined;
  const restore = options.isForReader ? "" : leave;
  const take = (): void => {
    stdin.setRawMode(true);
    stdout.write(options.isForReader ? "" : enter);
    isOurs = true;
    frames.forget();
  };
  const giveBack = (): void => {
    if (!isOurs) return;
    isOurs = false;
    if (stdin.isTTY) stdin.setRawMode(false);
    stdout.write(restore);
  };
  const openInk = async (): Promise<void> => {
    const { openInkScreen } = await import("./dashboard-ink.tsx");
    if (isOurs && !isEnding && ink === undefined) ink = openInkScreen({ lines, draw: (shown) => isOurs && frames.draw(shown), onKey: options.onKey, isForReader: options.isForReader });
  };
  const closeInk = (): void => {
    ink?.close();
    ink = undefined;
    stdin.pause();
  };
  const { promise: ended, resolve } = resolvable();
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    closeInk();
    giveBack();
    guard?.dismiss();
    stopListening();
    resolve();
  };
  const stopListening = listening({ giveBack, onResize: () => (frames.forget(), options.onResize()), end, onResume: () => (take(), void openInk()) });
  take();
  setImmediate(() => {
    if (isEnding) return;
    guard = guardTerminal(restore);
    void openInk();
  });
  return {
    size: () => ({ width: stdout.columns, height: stdout.rows }),
    show: (next) => {
      lines = next;
      if (!isOurs) return;
      if (ink !== undefined) ink.show(lines);
      else if (!options.isForReader) frames.draw(lines);
    },
    redraw: () => (frames.forget(), isOurs && frames.draw(lines)),
    copy: (text) => void stdout.write(`\u001b]52;c;${Buffer.from(text).toString("base64")}\u0007`),
    handOver: async (work, prompt) => {
      closeInk();
      giveBack();
      await work().finally(async () => {
        if (prompt !== undefined) await keyPressed(prompt);
        if (isEnding) return;
        take();
        await openInk();
      });
    },
    suspend: () => {
      closeInk();
      giveBack();
      process.kill(process.pid, "SIGTSTP");
    },
    end,
    ended,
  };
}

function resolvable(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  return { promise: new Promise<void>((done) => (resolve = done)), resolve: () => resolve() };
}

interface Listeners {
  readonly giveBack: () => void;
  readonly onResize: () => void;
  readonly end: () => void;
  readonly onResume: () => void;
}

/** However this program ends, except by SIGKILL, which is the guard's. The answer stops listening. */
function listening({ giveBack, onResize, end, onResume }: Listeners): () => void {
  process.on("exit", giveBack);
  process.on("uncaughtExceptionMonitor", giveBack);
  process.on("SIGHUP", end);
  process.on("SIGCONT", onResume);
  process.stdout.on("resize", onResize);
  return () => {
    process.off("exit", giveBack);
    process.off("uncaughtExceptionMonitor", giveBack);
    process.off("SIGHUP", end);
    process.off("SIGCONT", onResume);
    process.stdout.off("resize", onResize);
  };
}

async function keyPressed(prompt: string): Promise<void> {
  const { stdin, stdout } = process;
  stdout.write(prompt);
  stdin.setRawMode(true);
  stdin.resume();
  await new Promise<void>((resolve) => stdin.once("data", () => resolve()));
  stdin.pause();
  stdin.setRawMode(false);
}
