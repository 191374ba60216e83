/** What of a caller's environment is for what it starts. */

/** What belongs to the npm process or the envctl unit that called us, not to what is started. */
const inherited = /^(ENVCTL_OWNER|ENVCTL_DAEMON|npm_lifecycle_.*|npm_package_.*|npm_command|npm_execpath|npm_node_execpath|npm_config_local_prefix|INIT_CWD)$/;

/** An environment without what belongs to whoever set it up. */
export function inheritedEnvironment(caller: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(caller).filter((pair): pair is [string, string] => pair[1] !== undefined && !inherited.test(pair[0])));
}
