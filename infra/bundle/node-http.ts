/**
 * Replaces `node:http` in bundles. Importing the real one as an ES module evaluates its lazy WebSocket getters, and so
 * loads undici: 23 ms of every cold start (nodejs/node#59686). Only the members that the AWS SDK and middy import are
 * here. A bundle that imports another one does not build.
 */
const http = process.getBuiltinModule("node:http");

export const { Agent, request, STATUS_CODES } = http;
export default http;
