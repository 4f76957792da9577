import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { Fault } from "./ErrorBoundary";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";

const pages = {
  home: () => import("@/features/home/HomePage"),
  list: () => import("@/features/segments/SegmentsPage"),
  one: () => import("@/features/segments/SegmentPage"),
};

/** Have all pages here before they are needed, so that they open when the server does not answer. */
export function fetchPages(): void {
  for (const page of Object.values(pages)) page().catch(() => undefined);
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(pages.home, "HomePage"),
});

type ListSearch = { folder?: string; search?: string };

export const list = createRoute({
  getParentRoute: () => root,
  path: "/segments",
  validateSearch: (given: Record<string, unknown>): ListSearch => ({
    folder: typeof given.folder === "string" ? given.folder : undefined,
    search: typeof given.search === "string" ? given.search : undefined,
  }),
  component: lazyRouteComponent(pages.list, "SegmentsPage"),
});

const one = createRoute({
  getParentRoute: () => root,
  path: "/segments/$id",
  component: lazyRouteComponent(pages.one, "SegmentPage"),
});

const setUp = createRoute({ getParentRoute: () => root, path: "/setup", component: () => null });

export const router = createRouter({
  routeTree: root.addChildren([home, list, one, setUp]),
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultErrorComponent: ({ error }) => <Fault error={error} />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
