/** Kept equal to package.json by a test. */
export const CLI_VERSION = "0.1.0";

export const USER_AGENT = `nodeseal/${CLI_VERSION} (${process.platform}/${process.arch})`;
