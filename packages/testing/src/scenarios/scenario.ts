/** One fact that a lock must keep to, as something that happens. Each is a file of its own in this folder. */
import type { Rig } from "./rig/rig.ts";

/** Played by `playInSimulator` or `playOnServers`. */
export interface Scenario {
  /** Where it stands in the list of scenarios, e.g. "C7". */
  readonly id: string;
  /** The fact. */
  readonly title: string;
  readonly nodeCount: number;
  /** What another library was seen to do instead. */
  readonly peerFault?: string;
  /** Real holders' clocks cannot be moved. */
  readonly isSimulatedOnly?: boolean;
  /** The real servers sync every write. */
  readonly isDurable?: boolean;
  /** Whether it has nothing to do with late answers: on real servers users wait for them then, as long as a busy machine takes. */
  readonly isPatient?: boolean;
  /** Rejects where the fact is not one. */
  play(rig: Rig): Promise<void>;
  readonly control?: Control;
}

/** The same scenario with a guard switched off: it must be seen to fail. */
export interface Control {
  /** What is switched off. */
  readonly without: string;
  /** What its failure says: any other one shows nothing. */
  readonly fails: RegExp;
  readonly play: (rig: Rig) => Promise<void>;
}

/** To be played as a scenario is. */
export function controlOf({ id, nodeCount, isPatient = false }: Scenario, { without, play }: Control): Scenario {
  return { id: `${id}, control`, title: without, nodeCount, isPatient, play };
}
