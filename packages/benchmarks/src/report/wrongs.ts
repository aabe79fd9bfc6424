/** What no run may show: ours letting two in, pretending, or leaving something behind. */
import { peers, type PeerName } from "../peers/peers.ts";
import type { Findings } from "./rows.ts";

const isOurs = (peer: PeerName): boolean => peer.startsWith("ours");

/** One line each; a run with any has failed, whatever its figures. A peer's are in its row of the tables. */
export function findWrongs({ speed, contention, permits, settling }: Findings): string[] {
  const wrongs: string[] = [];
  const add = (count: number, peer: PeerName, what: string): void => {
    if (count > 0 && isOurs(peer)) wrongs.push(`${peers[peer].label}: ${count} ${what}`);
  };
  for (const row of speed) {
    const where = `${row.callerCount} callers, ${row.nodeCount} nodes, ${row.condition}`;
    add(row.unprovedCount, row.peer, `cycles without a quorum of keys (${where})`);
    add(row.leftKeyCount, row.peer, `keys left behind (${where})`);
    add(row.hungCount, row.peer, `callers that hung (${where})`);
  }
  for (const row of contention) {
    const where = `${row.processCount} processes, ${row.nodeCount} nodes, hold ${row.holdMs} ms, network ${row.networkMs} ms`;
    add(row.overlapCount, row.peer, `holds that overlapped (${where})`);
    add(row.hungCount, row.peer, `processes that hung (${where})`);
  }
  for (const row of permits) {
    const where = `${row.permits} permits, ${row.processCount} processes`;
    add(row.tooManyCount, row.peer, `holds beyond the permits (${where})`);
    add(row.hungCount, row.peer, `processes that hung (${where})`);
  }
  for (const row of settling) {
    const where = `${row.contenderCount} contenders, ${row.nodeCount} nodes`;
    add(row.overlapCount, row.peer, `races with two winners (${where})`);
    add(row.unsettledCount, row.peer, `races that nobody won (${where})`);
  }
  return wrongs;
}
