/** A test keeps it equal to package.json: the bundled agent has no package.json to read. */
export const AGENT_VERSION = "0.1.0";

/** In the form of kubelets (K7.7): program, version, platform. */
export const USER_AGENT = `nodeseal-agent/${AGENT_VERSION} (${process.platform}/${process.arch})`;
