/** The version, put in by the bundler. */

declare const ENVCTL_VERSION: string | undefined;

/** `0.1.0`; `0.0.0` when run from source. */
export const version: string = typeof ENVCTL_VERSION === "undefined" ? "0.0.0" : ENVCTL_VERSION;
