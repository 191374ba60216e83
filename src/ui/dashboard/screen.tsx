/** Draws lines that are decided elsewhere, and hands keys on; knows nothing of what they mean. */
import { Box, Text, Transform, useInput, useIsScreenReaderEnabled, type Key } from "ink";
import { memo, type ReactElement } from "react";

export interface ScreenProps {
  /** With escape sequences for their looks. */
  readonly lines: readonly string[];
  readonly onKey: (key: string) => void;
}

/** One element a line, so that only lines that changed are rendered again. */
export function DashboardScreen({ lines, onKey }: ScreenProps): ReactElement {
  useInput((input, key) => keyNames(input, key).forEach(onKey));
  const isForReader = useIsScreenReaderEnabled();
  return (
    <Box flexDirection="column">
      {lines.map((line, index) => (isForReader ? <Text key={index}>{line}</Text> : <ScreenLine key={index} text={line} />))}
    </Box>
  );
}

/**
 * Lines are as wide as they should be already. Ink would measure each, and keep every text it ever measured: a log makes new ones
 * all day. So it measures a dot, and gets the line when it writes the dot.
 */
const ScreenLine = memo(function ScreenLine({ text }: { readonly text: string }): ReactElement {
  return (
    <Transform transform={() => text}>
      <Text>.</Text>
    </Transform>
  );
});

const named: readonly (readonly [keyof Key, string])[] = [
  ["upArrow", "up"], ["downArrow", "down"], ["leftArrow", "left"], ["rightArrow", "right"], ["pageUp", "pageup"], ["pageDown", "pagedown"], ["home", "home"], ["end", "end"],
  ["return", "enter"], ["escape", "esc"], ["tab", "tab"], ["backspace", "backspace"], ["delete", "backspace"],
];

/** What comes in one piece with others, typed quickly or pasted. */
const letters: Readonly<Record<string, string>> = { " ": "space", "\r": "enter", "\n": "enter", "\t": "tab", "\u001b": "esc", "\u007f": "backspace" };

/** Reports of the mouse, https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h2-Mouse-Tracking (SGR): button, column, row. */
const mouseReport = /\[<(\d+);(\d+);(\d+)([Mm])/g;
const wheel: Readonly<Record<string, string>> = { 64: "wheel-up", 65: "wheel-down" };

function mouseNames(input: string): readonly string[] {
  return [...input.matchAll(mouseReport)].flatMap(([, button = "", column, row, how]) => wheel[button] ?? (button === "0" && how === "M" ? [`click ${column} ${row}`] : []));
}

/** `up`, `ctrl-p`, `space`, or the letter; pasted text is its letters. */
function keyNames(input: string, key: Key): readonly string[] {
  if (input.startsWith("[<")) return mouseNames(input);
  const special = named.find(([name]) => key[name] === true)?.[1];
  if (special !== undefined) return [special];
  if (key.ctrl) return [`ctrl-${input}`];
  return [...input].map((letter) => letters[letter] ?? letter);
}
