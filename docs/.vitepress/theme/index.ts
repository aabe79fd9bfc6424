/**
 * The default theme, and the playground below the page that asks for it. It is for browsers only: loaded while the pages are
 * made, its message ports would keep that process alive for ever.
 */
import { defineAsyncComponent, defineComponent, h, resolveComponent } from "vue";
import { useData, type Theme } from "vitepress";
import DefaultTheme from "vitepress/theme";
import "./accessible.css";

const Playground = defineAsyncComponent(() => import("../playground/Playground.vue"));

const Layout = defineComponent(() => {
  const { frontmatter } = useData();
  const ClientOnly = resolveComponent("ClientOnly");
  const below = (): object[] => (frontmatter.value["playground"] === true ? [h(ClientOnly, () => h(Playground))] : []);
  return () => h(DefaultTheme.Layout, undefined, { "doc-footer-before": below });
});

const theme: Theme = { extends: DefaultTheme, Layout };

export default theme;
