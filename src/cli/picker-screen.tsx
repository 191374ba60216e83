/** Asks a person at a terminal to choose from a list. Loaded only when somebody is asked. */
import { render, Text } from "ink";
import type { ReactElement } from "react";
import { Picker } from "../ui/picker.tsx";
import { afterKey, chosenNames, startPicker, type PickerItem, type PickerOptions } from "../ui/picker-view.ts";
import { hearKeys } from "./raw-keys.ts";

export interface PickOptions extends PickerOptions {
  /** Aborted, it is left. */
  readonly signal: AbortSignal;
}

/** Names that were chosen, in the list's order; none when the person left. */
export async function pick(title: string, items: readonly PickerItem[], { signal, ...options }: PickOptions): Promise<readonly string[]> {
  const height = Math.max(3, (process.stdout.rows ?? 24) - 4);
  let state = startPicker(items, options);
  const element = (): ReactElement => <Picker title={title} state={state} height={height} />;
  const silence = hearKeys(onKeys);
  const app = render(element(), { exitOnCtrlC: false });
  function onKeys(keys: readonly string[]): void {
    for (const key of keys) if (state.end === undefined) state = afterKey(state, key);
    if (state.end === undefined) return app.rerender(element());
    // What was chosen stays on the screen, the list does not.
    app.rerender(<Text>{`${title}: ${chosenNames(state).join(", ") || "nothing"}`}</Text>);
    app.unmount();
  }
  const leave = (): void => onKeys(["quit"]);
  signal.addEventListener("abort", leave, { once: true });
  await app.waitUntilExit().finally(silence);
  signal.removeEventListener("abort", leave);
  return chosenNames(state);
}
