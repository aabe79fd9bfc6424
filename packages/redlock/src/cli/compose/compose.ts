/** `redlock compose`: the docker-compose.yml of this repository, for users who have only the package. */
export const composeHelp: string = `redlock compose > docker-compose.yml

Prints a docker-compose.yml with five independent nodes for development, on
127.0.0.1:6391 to 6395, where the other commands look by themselves. Then:

  docker compose up -d --wait

Every node syncs every write to disk before it answers, so a restart forgets
nothing: there "durableNodes: true" is right, and a fresh fleet gives locks at
once.`;

/** A test compares it with the file. */
export const composeText = `# Five independent Redis nodes to try the lock on: \`docker compose up -d --wait\`.
#
# Independent means that no node knows another: no replica, no Cluster, no shared volume. On one machine they share its
# power and its disk, which is right for development and wrong for production: there, put each on a machine of its own.
#
# redis:7.4-alpine is small and has been out long enough; the lock needs nothing newer than Redis 7.0, and runs as well
# on Valkey (\`image: valkey/valkey:8-alpine\` and \`valkey-server\` as the first word of the command).
#
# Why these settings:
#   appendonly, appendfsync always   a node that crashes comes back with every lock it has granted
#   no-appendfsync-on-rewrite no     with "yes" Redis skips the fsync during a rewrite, even under "always"
#   maxmemory-policy noeviction      a node out of memory refuses new locks instead of forgetting held ones
#   save ""                          the append-only file is the memory; a snapshot beside it is work for nothing
name: quorate

x-node: &node
  image: redis:7.4-alpine
  command:
    - redis-server
    - --appendonly
    - "yes"
    - --appendfsync
    - always
    - --no-appendfsync-on-rewrite
    - "no"
    - --maxmemory-policy
    - noeviction
    - --save
    - ""
  restart: unless-stopped
  healthcheck:
    test: ["CMD-SHELL", "redis-cli ping | grep -q PONG"]
    interval: 2s
    timeout: 1s
    retries: 15

# Bound to loopback, from 6391 on: reachable from this machine only, and not in the way of a Redis on 6379.
services:
  node-1:
    <<: *node
    ports: ["127.0.0.1:6391:6379"]
    volumes: ["node-1:/data"]
  node-2:
    <<: *node
    ports: ["127.0.0.1:6392:6379"]
    volumes: ["node-2:/data"]
  node-3:
    <<: *node
    ports: ["127.0.0.1:6393:6379"]
    volumes: ["node-3:/data"]
  node-4:
    <<: *node
    ports: ["127.0.0.1:6394:6379"]
    volumes: ["node-4:/data"]
  node-5:
    <<: *node
    ports: ["127.0.0.1:6395:6379"]
    volumes: ["node-5:/data"]

volumes:
  node-1:
  node-2:
  node-3:
  node-4:
  node-5:
`;
