/**
 * etcd's own lock service over gRPC, as its clients in other languages use it: one session (a lease, kept alive) for the
 * process, `Lock` and `Unlock` for each cycle. The server runs the recipe of its Go client's `concurrency` package: a
 * key under the name for each waiter, held by the oldest; each waiter watches the one before it.
 */
import { credentials, loadPackageDefinition, status, type Client, type ServiceError } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { calls } from "./clients.ts";
import type { Peer, PeerSetup } from "./peer.ts";
import { persist } from "./persist.ts";

type Reply = Readonly<Record<string, Buffer & string>>;
type Call = (request: object, done: (error: Error | null, reply: Reply) => void) => void;

/** The part of etcd's API that a lock needs: names and field numbers are those of etcd's rpc.proto and v3lock.proto. */
const api = {
  nested: {
    etcdserverpb: {
      nested: {
        Lease: {
          methods: {
            LeaseGrant: { requestType: "LeaseGrantRequest", responseType: "LeaseGrantResponse" },
            LeaseRevoke: { requestType: "LeaseRevokeRequest", responseType: "Nothing" },
            LeaseKeepAlive: {
              requestType: "LeaseKeepAliveRequest",
              requestStream: true,
              responseType: "Nothing",
              responseStream: true,
            },
          },
        },
        LeaseGrantRequest: { fields: { TTL: { type: "int64", id: 1 }, ID: { type: "int64", id: 2 } } },
        LeaseGrantResponse: { fields: { ID: { type: "int64", id: 2 }, TTL: { type: "int64", id: 3 } } },
        LeaseRevokeRequest: { fields: { ID: { type: "int64", id: 1 } } },
        LeaseKeepAliveRequest: { fields: { ID: { type: "int64", id: 1 } } },
        Nothing: { fields: {} },
      },
    },
    v3lockpb: {
      nested: {
        Lock: {
          methods: {
            Lock: { requestType: "LockRequest", responseType: "LockResponse" },
            Unlock: { requestType: "UnlockRequest", responseType: "UnlockResponse" },
          },
        },
        LockRequest: { fields: { name: { type: "bytes", id: 1 }, lease: { type: "int64", id: 2 } } },
        LockResponse: { fields: { key: { type: "bytes", id: 2 } } },
        UnlockRequest: { fields: { key: { type: "bytes", id: 1 } } },
        UnlockResponse: { fields: {} },
      },
    },
  },
};

interface Service {
  new (address: string, how: ReturnType<typeof credentials.createInsecure>): Client & Record<string, Call>;
}

export async function openEtcd(setup: PeerSetup): Promise<Peer<Buffer>> {
  const { urls, ttlMs } = setup;
  const loaded = loadPackageDefinition(fromJSON(api as never, { longs: String, keepCase: true }));
  const { etcdserverpb, v3lockpb } = loaded as unknown as Record<string, Record<string, Service>>;
  // gRPC itself goes on to another of these when one is gone.
  const address = `ipv4:${urls.map((url) => new URL(url).host).join(",")}`;
  const lease = new etcdserverpb!["Lease"]!(address, credentials.createInsecure());
  const lock = new v3lockpb!["Lock"]!(address, credentials.createInsecure());
  const ask = (client: Client & Record<string, Call>, method: string, request: object): Promise<Reply> => {
    calls.count += 1;
    return new Promise((resolve, reject) =>
      client[method]!(request, (error, reply) => (error ? reject(error) : resolve(reply))),
    );
  };
  // Both verbs may be repeated: the key is named by the lease.
  const askLock = (method: string, request: object): Promise<Reply> =>
    persist(setup, isMemberLost, () => ask(lock, method, request));
  const { ID } = await ask(lease, "LeaseGrant", { TTL: String(Math.ceil(ttlMs / 1_000)) });
  const keeping = setInterval(() => keepAlive(lease, ID!), ttlMs / 3);
  keeping.unref();
  return {
    acquire: async ([resource]) => (await askLock("Lock", { name: Buffer.from(resource!), lease: ID }))["key"]!,
    release: (key) => askLock("Unlock", { key }),
    async close() {
      clearInterval(keeping);
      await ask(lease, "LeaseRevoke", { ID }).catch(() => {});
      lease.close();
      lock.close();
    },
  };
}

/** One message on a stream of its own: a stream that is kept would have to be made again behind a dead member. */
function keepAlive(lease: Client, ID: string): void {
  const stream = (lease as unknown as { LeaseKeepAlive(): NodeJS.ReadWriteStream }).LeaseKeepAlive();
  stream.on("error", () => {});
  stream.on("data", () => stream.end());
  stream.write({ ID } as never);
}

const isMemberLost = (error: unknown): boolean => (error as ServiceError).code === status.UNAVAILABLE;
