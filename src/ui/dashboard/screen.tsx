/** Draws lines that are decided elsewhere, and hands keys on; knows nothing of what they mean. */
import { Box, Text, Transform, useInput, useIsScreenReaderEnabled } from "ink";
import { memo, type ReactElement } from "react";
import { keyNames } from "./key-input.ts";

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
