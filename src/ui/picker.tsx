/** Draws a list to choose from. */
import { Box, Text } from "ink";
import type { ReactElement } from "react";
import { pickerFooter, pickerRows, type PickerState } from "./picker-view.ts";

export interface PickerProps {
  readonly title: string;
  readonly state: PickerState;
  readonly height: number;
}

export function Picker({ title, state, height }: PickerProps): ReactElement {
  return (
    <Box flexDirection="column">
      <Text bold>{title}</Text>
      {pickerRows(state, height).map((row) => (
        <Text key={row.name} wrap="truncate">
          <Text inverse={row.isHere}>
            {row.isHere ? "› " : "  "}
            {state.isSingle ? "" : row.isChosen ? "[x] " : "[ ] "}
            {row.name}
          </Text>
          {row.count === undefined ? "" : `  × ${row.count}`}
          {row.detail === "" ? "" : "  "}
          <Text dimColor>{row.detail}</Text>
        </Text>
      ))}
      <Text dimColor wrap="truncate">
        {pickerFooter(state)}
      </Text>
    </Box>
  );
}
