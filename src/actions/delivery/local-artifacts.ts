/** Files of a checkout that are nobody else's business. Pure. */

/** Paths relative to the checkout: names, and directories with everything below. */
const patterns: readonly RegExp[] = [
  /^MAIN_TASK\.md$/, /^OLD_TASK_[^/]*\.md$/, /^\.envctl-state(?:\/|$)/, /^\.envctl\.local$/, /^\.envctl-commit-message\.md$/,
  /^\.codegraph(?:\/|$)/, /^\.serena\/project\.local\.yml$/, /^trees(?:-[^/]*)?\//,
];

/** Whether a path is never committed, ignored or not. */
export function isLocalArtifact(path: string): boolean {
  return patterns.some((pattern) => pattern.test(path));
}
