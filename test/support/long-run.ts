/** Whether this run goes through all of what others go through in part: `npm run test:long`, which CI runs as well. */
export const IS_LONG_RUN = process.env["NODESEAL_LONG_RUN"] === "1";
