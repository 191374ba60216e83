/** Asks the questions of the setup in the alternate screen of a terminal. Loaded only when it is shown. */
import { render } from "ink";
import type { ReactElement } from "react";
import type { SetupAnswers } from "../model/setup.ts";
import { afterKey, setupLines, type Review, type SetupState } from "../ui/setup-view.ts";
import { Setup } from "../ui/setup.tsx";
import { hearKeys } from "./raw-keys.ts";

const enter = "\u001b[?1049h\u001b[H";
const leave = "\u001b[?1049l";

/** The answers a person decided to keep, or undefined. The terminal is restored however it ends. */
export async function askForSetup(first: SetupState, review: (answers: SetupAnswers) => Review, signal: AbortSignal): Promise<SetupAnswers | undefined> {
  const { stdout } = process;
  let state = first;
  const element = (): ReactElement => <Setup lines={visibleLines(state, stdout.rows)} />;
  const silence = hearKeys(onKeys, leave);
  stdout.write(enter);
  const app = render(element(), { exitOnCtrlC: false });
  signal.addEventListener("abort", () => app.unmount(), { once: true });
  await app.waitUntilExit().finally(() => {
    stdout.write(leave);
    silence();
  });
  return state.outcome === "save" ? state.answers : undefined;

  function onKeys(keys: readonly string[]): void {
    for (const key of keys) if (state.outcome === undefined) state = afterKey(state, key, review);
    if (state.outcome === undefined) app.rerender(element());
    else app.unmount();
  }
}

/** As many lines as fit, around the one that is chosen; the last one explains the keys. */
function visibleLines(state: SetupState, rows = 24): ReturnType<typeof setupLines> {
  const lines = setupLines(state);
  const room = Math.max(3, rows - 1);
  if (lines.length <= room) return lines;
  const chosen = Math.max(0, lines.findIndex(({ isSelected }) => isSelected === true));
  const start = Math.min(Math.max(0, chosen - Math.floor(room / 2)), lines.length - room);
  return [...lines.slice(start, start + room - 1), ...lines.slice(-1)];
}
