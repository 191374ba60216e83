/** Keys of the terminal by name while something is drawn on it; several that come at once are told one by one. */
import { UserError } from "../model/failure.ts";
import { keysIn } from "../ui/key-names.ts";
import { nobodyToAsk } from "../ui/words.ts";
import { guardTerminal } from "./terminal-guard.ts";

const showCursor = "\u001b[?25h";

/** Hears keys until the function it returns is called. Killed meanwhile, the terminal is as it was; `leave`: what brings its screen back. Throws a UserError where keys cannot be heard. */
export function hearKeys(onKeys: (keys: readonly string[]) => void, leave = ""): () => void {
  const { stdin } = process;
  // `--interactive` says that somebody is there, but keys come from a terminal alone.
  if (!stdin.isTTY) throw new UserError(nobodyToAsk());
  const onData = (text: string): void => onKeys(keysIn(text));
  const guard = guardTerminal(leave + showCursor);
  stdin.setRawMode(true).setEncoding("utf8").on("data", onData).resume();
  return () => {
    stdin.off("data", onData).setRawMode(false).pause();
    guard.dismiss();
  };
}
