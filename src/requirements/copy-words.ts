/** What a copy of a server's data says while it is made. */
import type { CopyTold } from "../host/copy-progress.ts";
import { unitIdOf } from "../model/unit.ts";
import type { CopyInput } from "./adapter.ts";

type Input = Pick<CopyInput<unknown>, "project" | "name" | "progress">;

/** How far it is. */
export function copyTold(input: Input): CopyTold {
  return (done, total) => input.progress(copyingText(input), done, total);
}

/** What is done. */
export function copyingText({ project, name }: Pick<Input, "project" | "name">): string {
  return `copying ${unitIdOf(project, name)}`;
}
