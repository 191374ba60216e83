/** Hands keys on, and draws lines that are decided elsewhere; knows nothing of what they mean. */
import { Box, Text, useInput } from "ink";
import type { ReactElement } from "react";
import { keyNames } from "./key-input.ts";

export interface ScreenProps {
  readonly lines: readonly string[];
  readonly onKey: (key: string) => void;
}

/** One element a line. */
export function DashboardScreen({ lines, onKey }: ScreenProps): ReactElement {
  useInput((input, key) => keyNames(input, key).forEach(onKey));
  return (
    <Box flexDirection="column">
      {lines.map((line, index) => (
        <Text key={index}>{line}</Text>
      ))}
    </Box>
  );
}
