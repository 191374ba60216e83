/** The typed client for programs, put together. */
import { composeRuntime } from "../cli/compose.ts";
import { windowBefore, windowMoved } from "../commands/dashboard/log-windows.ts";
import type { Connect, OpenRepository } from "./api.ts";
import { repositoryOver } from "./repository.ts";

/** The repository around a directory, whether a daemon runs or not. */
export const openRepository: OpenRepository = async ({ cwd = process.cwd(), env = process.env } = {}) => repositoryOver(await composeRuntime({ environment: { ...env }, directory: cwd }), { windowBefore, windowMoved });

/** A connection to its daemon, which starts on first need. */
export const connect: Connect = async (options) => (await openRepository(options)).connect();
