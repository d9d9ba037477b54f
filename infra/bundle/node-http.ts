/**
 * Stands in for `node:http` in bundles. Importing the real one as an ES module builds its whole namespace, lazy WebSocket
 * getters included, and so loads undici: 23 ms of every cold start (nodejs/node#59686). These are the members the
 * AWS SDK and middy import; a bundle that imports another one does not build.
 */
const http = process.getBuiltinModule("node:http");

export const { Agent, request, STATUS_CODES } = http;
export default http;
