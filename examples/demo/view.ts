/** Shows a scene: as a picture that is drawn over and over on a terminal, as plain lines anywhere else. */
import { styleText } from "node:util";
import { formatLine, livePicture, type Paint } from "./picture.ts";
import type { Line, Scene } from "./scene.ts";
import type { Verdict } from "./verdict.ts";

export interface View {
  /** Called for every line that the scene says. */
  line(line: Line): void;
  begin(scene: Scene): void;
  /** The last picture stays. */
  end(): void;
  conclude(verdict: Verdict): void;
}

export function makeView(stream: NodeJS.WriteStream): View {
  return stream.isTTY && stream.rows >= 22 && stream.columns >= 70 ? liveView(stream) : plainView(stream);
}

const statusEveryMs = 3_000;

function plainView(stream: NodeJS.WriteStream): View {
  let timer: NodeJS.Timeout | undefined;
  const print = (text: string): void => void stream.write(`${text}\n`);
  return {
    line: (line) => print(formatLine(line)),
    begin(scene) {
      timer = setInterval(() => print(formatLine({ atMs: scene.elapsedMs, text: statusOf(scene) })), statusEveryMs);
    },
    end: () => clearInterval(timer),
    conclude: ({ lines, closing }) => ["", ...lines, closing].forEach(print),
  };
}

const drawEveryMs = 100;

function liveView(stream: NodeJS.WriteStream): View {
  const paint: Paint = useColor() ? styleText : (_style, text) => text;
  let timer: NodeJS.Timeout | undefined;
  let draw = (): void => {};
  let drawnRows = 0;
  return {
    line: () => {},
    begin(scene) {
      stream.write("\x1b[?25l");
      draw = () => {
        const rows = livePicture(scene, stream.columns, stream.rows, paint);
        const back = drawnRows === 0 ? "" : `\x1b[${drawnRows}A\r`;
        stream.write(`${back}${rows.map((row) => `${row}\x1b[K\n`).join("")}\x1b[J`);
        drawnRows = rows.length;
      };
      draw();
      timer = setInterval(draw, drawEveryMs);
    },
    end() {
      clearInterval(timer);
      draw();
      draw = () => {};
      stream.write("\x1b[?25h");
    },
    conclude({ passed, lines, closing }) {
      const last = paint("bold", paint(passed ? "green" : "red", closing));
      stream.write(["", ...lines, last, ""].join("\n"));
    },
  };
}

/** https://no-color.org: any value that is not empty. */
function useColor(): boolean {
  return (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
}

function statusOf(scene: Scene): string {
  const up = scene.fleet.servers.filter(({ index }) => scene.statusOf(index).kind === "up").length;
  return (
    `${up} of ${scene.fleet.servers.length} nodes count, ${scene.sectionCount} sections, ` +
    `${scene.handOffsPerSecond} hand-offs/s, late writes refused: ${scene.store.refusedCount}`
  );
}
