/** Links of a page to what is no page: on the site they lead into the repository. */
import { posix } from "node:path";
import type { MarkdownRenderer } from "vitepress";

export const repository = "https://github.com/quorate/redlock";

/** Before VitePress looks at them: it takes each link without a scheme for a page of the site. */
export function toRepository(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("to-repository", ({ tokens, env }) => {
    for (const token of tokens) {
      for (const child of token.children ?? []) {
        const href = child.type === "link_open" ? child.attrGet("href") : null;
        if (href !== null) child.attrSet("href", leadOut(href, (env as { relativePath: string }).relativePath));
      }
    }
  });
}

function leadOut(href: string, fromPage: string): string {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return href;
  const target = posix.join("docs", posix.dirname(fromPage), href);
  const isPage = target.startsWith("docs/") && /\.md(?:#|$)/.test(target);
  return isPage ? href : `${repository}/blob/main/${target}`;
}
