/** Where the nodes are: REDLOCK_NODES, a list with commas, or the five of docker-compose.yml. */
const composeNodes = [6391, 6392, 6393, 6394, 6395].map((port) => `redis://127.0.0.1:${port}`).join(",");

export const nodes: readonly string[] = (process.env["REDLOCK_NODES"] ?? composeNodes).split(",");
