/** Draws a list to choose from. */
import { Box, Text, useInput } from "ink";
import type { ReactElement } from "react";
import { pickerRows, type PickerState } from "./picker-view.ts";

export interface PickerProps {
  readonly title: string;
  readonly state: PickerState;
  readonly height: number;
  readonly onKey: (key: string) => void;
}

export function Picker({ title, state, height, onKey }: PickerProps): ReactElement {
  useInput((input, key) => onKey(key.upArrow ? "up" : key.downArrow ? "down" : key.return ? "enter" : key.escape || (key.ctrl && input === "c") ? "escape" : input === " " ? "space" : input));
  return (
    <Box flexDirection="column">
      <Text bold>{title}</Text>
      {pickerRows(state, height).map((row) => (
        <Text key={row.name} wrap="truncate">
          <Text inverse={row.isHere}>
            {row.isHere ? "› " : "  "}
            {row.isChosen ? "[x] " : "[ ] "}
            {row.name}
          </Text>
          {row.detail === "" ? "" : "  "}
          <Text dimColor>{row.detail}</Text>
        </Text>
      ))}
      <Text dimColor wrap="truncate">
        space marks · a all · enter takes · q leaves
      </Text>
    </Box>
  );
}
