/** Draws a DashboardView; knows nothing of where it comes from. */
import { Box, Text, useInput } from "ink";
import type { ReactElement } from "react";
import type { DashboardRow, DashboardView } from "./dashboard-view.ts";
import type { Tone } from "./style.ts";

const colors: Readonly<Record<Tone, string>> = { good: "green", busy: "yellow", bad: "red", quiet: "gray", strong: "white" };

export interface DashboardProps {
  readonly view: DashboardView;
  readonly onKey: (key: string) => void;
}

export function Dashboard({ view, onKey }: DashboardProps): ReactElement {
  useInput((input, key) => onKey(key.upArrow ? "up" : key.downArrow ? "down" : key.ctrl && input === "c" ? "q" : input));
  return (
    <Box flexDirection="column">
      <Text bold>{view.title}</Text>
      {view.projects.map((project) => (
        <Box key={project.name} flexDirection="column" marginTop={1}>
          <Text>
            <Text bold>{project.name}</Text> <Text dimColor>{project.branch}</Text>
          </Text>
          {project.rows.map((row) => (
            <Row key={row.unitId} row={row} />
          ))}
        </Box>
      ))}
      <Box marginTop={1}>
        <Text dimColor wrap="truncate">
          {view.footer}
        </Text>
      </Box>
    </Box>
  );
}

function Row({ row }: { readonly row: DashboardRow }): ReactElement {
  return (
    <Box>
      <Box width={18}>
        <Text inverse={row.isSelected} wrap="truncate">
          {row.isSelected ? "› " : "  "}
          {row.name}
        </Text>
      </Box>
      <Box width={13}>
        <Text color={colors[row.tone]}>{row.status}</Text>
      </Box>
      <Column width={8} text={row.pid} />
      <Column width={8} text={row.age} />
      <Column width={5} text={row.cpu} />
      <Column width={6} text={row.memory} />
      <Column width={4} text={row.restarts} />
      <Text wrap="truncate">{row.detail === "" ? row.address : row.detail}</Text>
    </Box>
  );
}

function Column({ width, text }: { readonly width: number; readonly text: string }): ReactElement {
  return (
    <Box width={width}>
      <Text dimColor wrap="truncate">
        {text}
      </Text>
    </Box>
  );
}
