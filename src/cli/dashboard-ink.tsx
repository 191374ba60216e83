/** Puts the dashboard's lines through Ink, which reads the keys and lays out the lines; what it draws is handed on as lines. */
import { render } from "ink";
import { DashboardScreen } from "../ui/dashboard/screen.tsx";
import type { InkOptions, InkScreen } from "./dashboard-terminal.ts";

/** For a reader of screens Ink writes to the terminal itself. */
export function openInkScreen({ lines, draw, onKey, isForReader }: InkOptions): InkScreen {
  const element = (shown: readonly string[]): React.JSX.Element => <DashboardScreen lines={shown} onKey={onKey} />;
  const app = render(element(lines), {
    exitOnCtrlC: false,
    patchConsole: false,
    isScreenReaderEnabled: isForReader,
    // Whole frames, as they are: which lines changed is found out where they are written.
    ...(isForReader ? {} : { stdout: catching((text) => draw(text.split("\n"))), debug: true }),
  });
  return { show: (next) => app.rerender(element(next)), close: () => app.unmount() };
}

/** Standard output, but for what is written: frames. Ink's own sequences for the cursor are left out, since it is hidden already. */
function catching(onFrame: (text: string) => void): NodeJS.WriteStream {
  const write = (text: unknown, ...rest: readonly unknown[]): boolean => {
    if (typeof text === "string" && text !== "" && !text.startsWith("\u001b[?")) onFrame(text);
    const done = rest.at(-1);
    if (typeof done === "function") setImmediate(() => done());
    return true;
  };
  return new Proxy(process.stdout, { get: (stream, name) => (name === "write" ? write : Reflect.get(stream, name, stream)) });
}
