import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeBootstrapToken } from "../../../../core/token/bootstrap-token.ts";
import { kubernetesRoutes, watchRoutes } from "../../../../lambdas/node-api/kubernetes/routes.ts";
import { REQUESTS_PATH, send } from "../../../support/kubernetes-client.ts";
import { startKubernetesService, type KubernetesService } from "../../../support/kubernetes-service.ts";

describe("another spelling of a path that has a route of its own", () => {
  let service: KubernetesService;
  before(async () => {
    service = await startKubernetesService();
  });
  after(async () => {
    await service.close();
    assert.deepEqual(service.faults, []);
  });

  const own = [...kubernetesRoutes, ...watchRoutes]
    .map(({ routeKey }) => routeKey)
    .filter((routeKey) => !routeKey.includes("{"));
  /** Answered from memory, and the same for everybody: whichever route they come by, they cost next to nothing. */
  const DOCUMENTS = ["GET /apis", "GET /api", "GET /version", "GET /livez", "GET /readyz"];
  for (const routeKey of own) {
    const status = DOCUMENTS.includes(routeKey) ? 200 : 308;
    it(`does not lead around the throttle of ${routeKey}: ${status}`, async () => {
      const [method = "", path = ""] = routeKey.split(" ");
      const as = encodeBootstrapToken(await service.newToken());
      for (const other of [`${path}/`, `${path}%2f`]) {
        const answer = await send(service, method, other, { as });
        assert.equal(answer.status, status, other);
        if (status === 308) assert.deepEqual([answer.headers["location"], answer.text], [path, ""]);
      }
    });
  }

  it("leaves lists at their own path as they are", async () => {
    const as = encodeBootstrapToken(await service.newToken());
    assert.equal((await send(service, "GET", REQUESTS_PATH, { as })).status, 200);
  });
});
