/** Package → the module that takes its place in bundles, for esbuild's `alias`. */
export const standIns: Record<string, string>;
