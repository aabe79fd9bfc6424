/** Vega-Lite to SVG, without a browser. */
import { plotSpec, type Plot } from "./panel.ts";
import { theme } from "./theme.ts";

/** By shape: the types of both packages need those of a browser. */
interface Vega {
  readonly parse: (specification: object) => object;
  readonly View: new (runtime: object, options: { readonly renderer: "none" }) => { toSVG(): Promise<string> };
}

interface VegaLite {
  readonly compile: (specification: object) => { readonly spec: object };
}

export async function drawSvg(plot: Plot): Promise<string> {
  const [{ parse, View }, { compile }] = await Promise.all([load<Vega>("vega"), load<VegaLite>("vega-lite")]);
  const { spec } = compile({ ...plotSpec(plot), config: theme });
  return shorten(await new View(parse(spec), { renderer: "none" }).toSVG());
}

/** A hundredth of a point is not to be seen, and seventeen digits of each number are a third of the file. */
function shorten(svg: string): string {
  return svg.replaceAll(/\d+\.\d{6,}/g, (digits) => String(Math.round(Number(digits) * 100) / 100));
}

async function load<Module>(name: string): Promise<Module> {
  const loaded: unknown = await import(name);
  return loaded as Module;
}
