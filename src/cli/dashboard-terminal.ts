/** The terminal while the dashboard has it: the alternate screen, raw keys, and the way back however it ends. */
import { frameWriter } from "./terminal-frames.ts";
import { guardTerminal } from "./terminal-guard.ts";

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
  /** Whether buttons and the wheel of the mouse come as keys. */
  hearMouse(isHeard: boolean): void;
  /** To the clipboard of whoever sits at the terminal, also over SSH (OSC 52). */
  copy(text: string): void;
  /** Gives the terminal to another program until `work` ends; then waits for a key, if asked to. Does nothing while another one has it. */
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

export interface InkOptions {
  /** Sentences of a reader of screens. */
  readonly lines: readonly string[];
  readonly onKey: (key: string) => void;
  readonly isForReader: boolean;
}

/** What hears keys through Ink, loaded after the first frame. */
export interface InkScreen {
  /** To a reader of screens. */
  show(lines: readonly string[]): void;
  close(): void;
}

const otherScreen = "\u001b[?1049h";
const modes = "\u001b[?25l\u001b[?7l\u001b[H";
// Reports of buttons and the wheel, not of movements (1000), with numbers in decimal (1006).
const [mouseOn, mouseOff] = ["\u001b[?1000h\u001b[?1006h", "\u001b[?1006l\u001b[?1000l"];
const leave = `${mouseOff}\u001b[?7h\u001b[?25h\u001b[?1049l`;

/** Whether there is a terminal that can be drawn on and tells keys. */
export function hasDashboardTerminal(environment: Readonly<Record<string, string | undefined>>): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true && environment["TERM"] !== "dumb";
}

/** Takes the terminal at once; keys are heard as soon as Ink is there, none is lost. */
export function openDashboardTerminal(options: TerminalOptions): DashboardTerminal {
  const { stdout } = process;
  let isEnding = false;
  const frames = keptFrame(() => !options.isForReader && screen.isOurs());
  const screen = ownScreen(options.isForReader, frames.redraw);
  const guard = guardTerminal(screen.restore);
  const ink = inkDoor(options, () => screen.isOurs() && !isEnding);
  const release = async (): Promise<void> => {
    const closed = ink.close();
    screen.giveBack();
    await closed;
  };
  const resume = async (): Promise<void> => {
    if (isEnding) return;
    screen.take();
    await ink.open();
  };
  const { promise: ended, resolve } = resolvable();
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    void release();
    guard.dismiss();
    stopListening();
    resolve();
  };
  const stopListening = listening({ giveBack: screen.giveBack, onResize: () => (frames.forget(), options.onResize()), end, onResume: () => void (screen.isOurs() && resume()) });
  screen.take();
  setImmediate(() => void ink.open());
  return {
    // A terminal that was never told its size says 0.
    size: () => ({ width: stdout.columns || 80, height: stdout.rows || 24 }),
    show: (options.isForReader ? ink : frames).show,
    redraw: frames.redraw,
    hearMouse: screen.hearMouse,
    copy: (text) => void stdout.write(`\u001b]52;c;${Buffer.from(text).toString("base64")}\u0007`),
    handOver: lending(release, resume),
    // All of what the shell calls the job, as the terminal itself would. Without a shell to go back to nobody is stopped, and it goes on.
    suspend: () => void release().then(() => process.kill(0, "SIGTSTP")).then(resume),
    end,
    ended,
  };
}

/** The last frame, to be written anew when somebody else was on the screen. */
function keptFrame(isDrawn: () => boolean): { show(lines: readonly string[]): void; redraw(): void; forget(): void } {
  const { draw, forget } = frameWriter((text) => void process.stdout.write(text));
  let lines: readonly string[] = [];
  const drawn = (): void => void (isDrawn() && draw(lines));
  return { show: (next) => ((lines = next), drawn()), redraw: () => (forget(), drawn()), forget };
}

/** The alternate screen and raw keys, taken and given back as often as needed. A reader of screens keeps the screen it has. */
function ownScreen(isForReader: boolean, onTake: () => void): { readonly restore: string; readonly isOurs: () => boolean; readonly take: () => void; readonly giveBack: () => void; readonly hearMouse: (isHeard: boolean) => void } {
  const { stdin, stdout } = process;
  const restore = isForReader ? "" : leave;
  let [isOurs, hasMouse] = [false, false];
  return {
    restore,
    isOurs: () => isOurs,
    take: () => {
      stdin.setRawMode(true);
      const screen = isOurs ? "" : otherScreen;
      stdout.write(isForReader ? "" : `${screen}${modes}${hasMouse ? mouseOn : ""}`);
      isOurs = true;
      onTake();
    },
    giveBack: () => {
      if (!isOurs) return;
      isOurs = false;
      if (stdin.isTTY) stdin.setRawMode(false);
      stdout.write(restore);
    },
    hearMouse: (isHeard) => {
      if (isForReader) return;
      hasMouse = isHeard;
      stdout.write(isHeard ? mouseOn : mouseOff);
    },
  };
}

/** Ink, opened and closed around other programs; `isWanted` is asked again when it has been loaded. */
function inkDoor(options: Omit<InkOptions, "lines">, isWanted: () => boolean): { open(): Promise<void>; close(): Promise<void>; show(lines: readonly string[]): void } {
  let ink: InkScreen | undefined;
  let lines: readonly string[] = [];
  return {
    open: async () => {
      const { openInkScreen } = await import("./dashboard-ink.tsx");
      if (!isWanted() || ink !== undefined) return;
      // Ink listens, but does not begin to read a stream that was paused for another program.
      process.stdin.resume();
      ink = openInkScreen({ ...options, lines });
    },
    close: async () => {
      ink?.close();
      ink = undefined;
      // A stream somebody listened on for `readable` can be paused only after a turn, and stops reading a turn later.
      await turn();
      if (ink === undefined) process.stdin.pause();
      await turn();
    },
    show: (next) => ((lines = next), ink?.show(lines)),
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
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

/** One other program at a time has the terminal. */
function lending(release: () => Promise<void>, resume: () => Promise<void>): DashboardTerminal["handOver"] {
  let isLent = false;
  return async (work, prompt) => {
    // Keys that come in one piece may ask for two of them.
    if (isLent) return;
    isLent = true;
    const hearInterrupts = leftInterrupts();
    try {
      await release();
      await work().finally(() => keyPressed(prompt));
    } finally {
      hearInterrupts();
      isLent = false;
      await resume();
    }
  };
}

/** Ctrl-C is told to everybody in front of the terminal, and is meant for the program that has it; the answer hears it again. */
function leftInterrupts(): () => void {
  const listeners = process.listeners("SIGINT");
  const nothing = (): void => undefined;
  process.on("SIGINT", nothing);
  for (const listener of listeners) process.off("SIGINT", listener);
  return () => {
    for (const listener of listeners) process.on("SIGINT", listener);
    process.off("SIGINT", nothing);
  };
}

async function keyPressed(prompt: string | undefined): Promise<void> {
  if (prompt === undefined) return;
  const { stdin, stdout } = process;
  stdout.write(prompt);
  stdin.setRawMode(true);
  stdin.resume();
  await new Promise<void>((resolve) => stdin.once("data", () => resolve()));
  // What is handed over next begins a line of its own.
  stdout.write("\n");
}
