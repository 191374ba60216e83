/** Whose error it is that nobody caught: code of others in this process must not be able to end it. */
import { AsyncLocalStorage } from "node:async_hooks";

/** Told what somebody's code throws where nobody catches it. */
export type Blame = (error: unknown) => void;

export interface Attribution {
  /** Runs code of somebody else's; what it throws later, and whatever it begins throws, goes to `blame`. What it throws at once is thrown. */
  run<T>(blame: Blame, work: () => T): T;
}

/** One for a whole process, since there is one place for what catches the uncaught. */
export function createAttribution(): Attribution {
  const blamed = new AsyncLocalStorage<Blame>();
  const stay = onceOnly(() => refuseExit(blamed));
  return {
    run: (blame, work) => {
      stay();
      catchUncaught((error) => attribute(blamed, error));
      return blamed.run(blame, work);
    },
  };
}

function onceOnly(effect: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) effect();
    isDone = true;
  };
}

/** For good, too: called by somebody else's code, `process.exit` is a mistake of that code. */
function refuseExit(blamed: AsyncLocalStorage<Blame>): void {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    if (blamed.getStore() === undefined) return exit(code);
    throw new Error(`it called process.exit(${code ?? ""}), which would have ended envctl`);
  };
}

/** For good: what somebody's code left behind may still throw when it has ended. */
function catchUncaught(take: (error: Error) => void): void {
  // Only an empty place can be taken.
  process.setUncaughtExceptionCaptureCallback(null);
  process.setUncaughtExceptionCaptureCallback(take);
}

/** An error of nobody's does what it would do without us: it is thrown again, with nobody left to catch it. */
function attribute(blamed: AsyncLocalStorage<Blame>, error: unknown): void {
  const blame = blamed.getStore();
  if (blame !== undefined) return blamed.exit(() => blame(error));
  process.setUncaughtExceptionCaptureCallback(null);
  process.nextTick(() => {
    throw error;
  });
}
