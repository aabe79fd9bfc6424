/** What a node keeps of one resource's fence, and its text: `<highest> <buried> +`, as short as it can be. */
export interface Fence {
  readonly key: string;
  readonly text: string | undefined;
  /** The highest T granted. */
  highest: number;
  /** The highest T that is dead here. */
  buried: number;
  /** Whether somebody may stand in the line. */
  hasLine: boolean;
  /** By this very grant. */
  isRaised?: boolean;
}

/** `undefined` for a text that is no fence. */
export function fenceOf(key: string, text: string | undefined): Fence | undefined {
  if (text === undefined) return { key, text, highest: 0, buried: 0, hasLine: false };
  const [, highest, buried = "0", line] = /^(\d{1,16})(?: (\d{1,16})( \+)?)?$/.exec(text) ?? [];
  if (highest === undefined) return undefined;
  return { key, text, highest: Number(highest), buried: Number(buried), hasLine: line !== undefined };
}

export function textOf({ highest, buried, hasLine }: Fence): string {
  if (buried === 0 && !hasLine) return String(highest);
  return `${highest} ${buried}${hasLine ? " +" : ""}`;
}
