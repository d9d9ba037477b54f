import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { proxyFor } from "../../../agent/service/proxy.ts";

const HOSTS = [
  "https://seal.corp.test",
  "https://corp.test",
  "https://xcorp.test",
  "https://seal.corp.test:8443",
  "https://10.1.2.3",
  "https://10.1.2.3:8443",
  "https://[2001:db8::1]",
  "https://[2001:db8::1]:8443",
  "https://[::ffff:10.1.2.3]",
  "https://127.0.0.1:8443",
  "https://127.8.8.8",
  "https://[::1]",
  "https://localhost",
  "https://localhost.corp.test",
  "https://xn--bcher-kva.test",
];

/** Without blanks inside an entry: those separate entries for us, as for curl. */
const NO_PROXY = [
  "", "*", ",,", "corp.test", ".corp.test", "*.corp.test", "CORP.test", "corp.test:443", "corp.test:8443", ".corp.test:8443",
  "a.test, corp.test", " corp.test ", "corp.test,", "corp.test.", "seal", "orp.test", "10.1.2.3", "10.1.2.3:8443", "10.1.2.3:443",
  "10.0.0.0/8", "10.1.2.4/31", "10.1.2.4/30", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "010.0.0.0/8", "0.0.0.0/0", "::/0",
  "::ffff:10.0.0.0/104", "::ffff:10.1.2.3", "2001:db8::/32", "2001:DB8:0::1", "[2001:db8::1]", "[2001:db8::1]:8443",
  "2001:db8::1:443", "2001:db8::1%eth0", "fe80::/10", ":443", ":", "[]:443", "corp.test:", "corp.test:https", "*:8443",
  "*.", ".", "..corp.test", "bücher.test", "xn--bcher-kva.test", "https://corp.test", "corp.test/24", "%zz", "[::1", "1.2.3", "10.*",
]; // prettier-ignore

const PROGRAM = `package main
import ("encoding/json"; "net/url"; "os"; "golang.org/x/net/http/httpproxy")
func main() {
  var rows [][2]string
  if err := json.NewDecoder(os.Stdin).Decode(&rows); err != nil { panic(err) }
  proxied := []bool{}
  for _, row := range rows {
    address, err := url.Parse(row[1])
    if err != nil { panic(err) }
    proxy, err := (&httpproxy.Config{HTTPSProxy: "http://proxy.test:3128", NoProxy: row[0]}).ProxyFunc()(address)
    proxied = append(proxied, err == nil && proxy != nil)
  }
  json.NewEncoder(os.Stdout).Encode(proxied)
}
`;

/** Go's own module of this, if it is in the cache. */
const VERSIONS = ["v0.60.0", "v0.49.0", "v0.47.0"];

function goAnswers(rows: readonly (readonly [string, string])[]): boolean[] | string {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-proxy-"));
  try {
    writeFileSync(join(directory, "main.go"), PROGRAM);
    for (const version of VERSIONS) {
      writeFileSync(join(directory, "go.mod"), `module proxies\n\ngo 1.24\n\nrequire golang.org/x/net ${version}\n`);
      const options = { cwd: directory, env: { ...process.env, GOFLAGS: "-mod=mod", GOPROXY: "off", GONOSUMDB: "*" } };
      const { status, stdout } = spawnSync("go", ["run", "."], {
        ...options,
        input: JSON.stringify(rows),
        encoding: "utf8",
      });
      if (status === 0) return JSON.parse(stdout) as boolean[];
    }
    return "Go, or golang.org/x/net in its cache, is missing";
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("NO_PROXY", () => {
  it("means what it means to Go programs on the same machine", (t) => {
    const rows = NO_PROXY.flatMap((noProxy) => HOSTS.map((host) => [noProxy, host] as const));
    const expected = goAnswers(rows);
    if (typeof expected === "string") return t.skip(expected);
    const different = rows.filter(([noProxy, host], index) => {
      const environment = { HTTPS_PROXY: "http://proxy.test:3128", NO_PROXY: noProxy };
      return (proxyFor(new URL(host), environment) !== undefined) !== expected[index];
    });
    assert.deepEqual(different, []);
    assert.ok(expected.includes(true) && expected.includes(false));
  });
});
