/** What the daemon is called in lists of processes. */
export const daemonTitle = "envctl-daemon";
