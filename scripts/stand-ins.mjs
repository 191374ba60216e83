/** Packages that others import and nothing here uses; an empty module takes their place in bundles. */
const unused = [
  // ink's developer tools, which are not installed; an ES module would fail at start without something there.
  "react-devtools-core",
  // dockerode's way over ssh; ours is the system's ssh client (docs/decisions/2026-11-21-container-engine.md).
  "ssh2",
  // dockerode's sessions with BuildKit.
  "@grpc/grpc-js",
  "@grpc/proto-loader",
  "protobufjs",
];

export const standIns = Object.fromEntries(unused.map((name) => [name, "./scripts/empty-module.cjs"]));
