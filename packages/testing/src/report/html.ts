export { renderTimeline as renderHtml } from "./timeline.ts";
