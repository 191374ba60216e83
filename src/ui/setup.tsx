/** Draws the lines of the setup; knows nothing of what they mean. */
import { Box, Text } from "ink";
import type { ReactElement } from "react";
import type { SetupLine } from "./setup-view.ts";
import type { Tone } from "./style.ts";

const colors: Readonly<Record<Tone, string>> = { good: "green", busy: "yellow", bad: "red", quiet: "gray", strong: "cyan" };

export function Setup({ lines }: { readonly lines: readonly SetupLine[] }): ReactElement {
  return (
    <Box flexDirection="column">
      {lines.map((line, index) => (
        // Lines have no identity of their own: the whole list is drawn anew.
        <Text key={`${index} ${line.text}`} wrap="truncate" inverse={line.isSelected === true} {...(line.tone === undefined ? {} : { color: colors[line.tone] })}>
          {line.text === "" ? " " : line.text}
        </Text>
      ))}
    </Box>
  );
}
