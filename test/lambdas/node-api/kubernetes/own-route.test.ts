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
  for (const routeKey of own) {
    it(`does not lead around the throttle of ${routeKey}`, async () => {
      const [method = "", path = ""] = routeKey.split(" ");
      const as = encodeBootstrapToken(await service.newToken());
      for (const other of [`${path}/`, `${path}%2f`])
        assert.equal((await send(service, method, other, { as })).status, 404, other);
    });
  }

  it("leaves lists at their own path as they are", async () => {
    const as = encodeBootstrapToken(await service.newToken());
    assert.equal((await send(service, "GET", REQUESTS_PATH, { as })).status, 200);
  });
});
