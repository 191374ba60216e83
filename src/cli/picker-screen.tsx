/** Asks a person at a terminal to choose from a list. Loaded only when somebody is asked. */
import { render } from "ink";
import { Picker } from "../ui/picker.tsx";
import { afterKey, chosenNames, startPicker, type PickerItem, type PickerState } from "../ui/picker-view.ts";

/** Names that were chosen, in the list's order; none when the person left. */
export async function pick(title: string, items: readonly PickerItem[], signal: AbortSignal): Promise<readonly string[]> {
  const height = Math.max(3, (process.stdout.rows ?? 24) - 4);
  let state = startPicker(items);
  const element = (shown: PickerState) => <Picker title={title} state={shown} height={height} onKey={onKey} />;
  const app = render(element(state), { exitOnCtrlC: false });
  function onKey(key: string): void {
    state = afterKey(state, key);
    if (state.end === undefined) app.rerender(element(state));
    else app.unmount();
  }
  const leave = (): void => onKey("escape");
  signal.addEventListener("abort", leave, { once: true });
  await app.waitUntilExit();
  signal.removeEventListener("abort", leave);
  return chosenNames(state);
}
