/** The few SVG elements that a timeline is drawn with, each with a text that shows when it is pointed at. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function bar(box: Box, className: string, hint: string): string {
  const { x, y, width, height } = box;
  const size = `x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${height}"`;
  return `<rect class="${className}" ${size}><title>${escapeText(hint)}</title></rect>`;
}

export function verticalLine(x: number, top: number, bottom: number, className: string, hint: string): string {
  const at = x.toFixed(2);
  return `<line class="${className}" x1="${at}" x2="${at}" y1="${top}" y2="${bottom}"><title>${escapeText(hint)}</title></line>`;
}

export function label(x: number, y: number, text: string, className = "label"): string {
  return `<text class="${className}" x="${x.toFixed(2)}" y="${y}">${escapeText(text)}</text>`;
}
