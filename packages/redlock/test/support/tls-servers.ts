/** Redis servers with TLS, whose certificate they signed themselves. */
import { execFile } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { startFleet } from "@quorate/testing";
import { scratchFolder } from "./scratch.ts";

export interface TlsServers {
  readonly urls: readonly string[];
  readonly stop: () => Promise<void>;
}

export async function startTlsServers(count: number): Promise<TlsServers> {
  const folder = await scratchFolder();
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-days", "1", "-nodes", "-newkey", "rsa:2048"];
  await promisify(execFile)("openssl", ["req", "-x509", ...subject, "-keyout", key, "-out", certificate]);
  const started = await Promise.all(
    Array.from({ length: count }, async () => {
      const port = await freePort();
      const config = {
        ...{ "tls-port": String(port), "tls-auth-clients": "no" },
        ...{ "tls-key-file": key, "tls-cert-file": certificate, "tls-ca-cert-file": certificate },
      };
      return { port, fleet: await startFleet({ nodes: 1, server: { config } }) };
    }),
  );
  return {
    urls: started.map(({ port }) => `rediss://127.0.0.1:${port}`),
    stop: async () => void (await Promise.all(started.map(({ fleet }) => fleet.stop()))),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
