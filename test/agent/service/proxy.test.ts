import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { proxyFor } from "../../../agent/service/proxy.ts";

describe("proxyFor", () => {
  const url = new URL("https://nodeseal.example:8443/");
  const rows: { why: string; environment: Record<string, string>; expected: string | undefined; to?: string }[] = [
    { why: "no variable", environment: {}, expected: undefined },
    { why: "the upper-case one", environment: { HTTPS_PROXY: "http://p:3128" }, expected: "http://p:3128/" },
    { why: "no scheme", environment: { https_proxy: "p:3128" }, expected: "http://p:3128/" },
    {
      why: "both, where the upper-case one wins, as in Go",
      environment: { https_proxy: "http://lower:1", HTTPS_PROXY: "http://upper:1" },
      expected: "http://upper:1/",
    },
    {
      why: "an empty one",
      environment: { https_proxy: "http://lower:1", HTTPS_PROXY: "" },
      expected: "http://lower:1/",
    },
    {
      why: "an exempt host",
      environment: { HTTPS_PROXY: "http://p", NO_PROXY: "nodeseal.example" },
      expected: undefined,
    },
    {
      why: "an exempt domain",
      environment: { HTTPS_PROXY: "http://p", NO_PROXY: "a.test .example" },
      expected: undefined,
    },
    {
      why: "another domain's end",
      environment: { HTTPS_PROXY: "http://p", NO_PROXY: "seal.example" },
      expected: "http://p/",
    },
    {
      why: "the host on another port",
      environment: { HTTPS_PROXY: "http://p", NO_PROXY: "nodeseal.example:443" },
      expected: "http://p/",
    },
    { why: "everything exempt", environment: { HTTPS_PROXY: "http://p", NO_PROXY: "*" }, expected: undefined },
    {
      why: "an exempt IPv6 address",
      environment: { HTTPS_PROXY: "http://p", NO_PROXY: "::1" },
      expected: undefined,
      to: "https://[::1]/",
    },
    {
      why: "an address that ends like an exempt one",
      environment: { HTTPS_PROXY: "http://p", NO_PROXY: "0.0.1" },
      expected: "http://p/",
      to: "https://10.0.0.1/",
    },
  ];
  for (const { why, environment, expected, to } of rows) {
    it(`decides for ${why}`, () => {
      assert.equal(proxyFor(to === undefined ? url : new URL(to), environment)?.href, expected);
    });
  }

  it("does not repeat a value that may hold a password", () => {
    assert.throws(
      () => proxyFor(url, { HTTPS_PROXY: "socks5://user:s3cret@p" }),
      (error) => error instanceof Error && !error.message.includes("s3cret"),
    );
  });
});
