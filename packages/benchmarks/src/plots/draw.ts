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
  return new View(parse(spec), { renderer: "none" }).toSVG();
}

async function load<Module>(name: string): Promise<Module> {
  const loaded: unknown = await import(name);
  return loaded as Module;
}
