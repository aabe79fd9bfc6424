/** The default theme, and the playground below the page that asks for it. */
import { defineAsyncComponent, defineComponent, h } from "vue";
import { useData, type Theme } from "vitepress";
import DefaultTheme from "vitepress/theme";

const Playground = defineAsyncComponent(() => import("../playground/Playground.vue"));

const Layout = defineComponent(() => {
  const { frontmatter } = useData();
  const below = (): object[] => (frontmatter.value["playground"] === true ? [h(Playground)] : []);
  return () => h(DefaultTheme.Layout, undefined, { "doc-footer-before": below });
});

const theme: Theme = { extends: DefaultTheme, Layout };

export default theme;
