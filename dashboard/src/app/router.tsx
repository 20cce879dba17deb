/** The addresses of the dashboard. The site's name comes first, the rest of the state is in the query. */

import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";

import { Home } from "../entry/home";
import { OverviewPage } from "../overview/page";
import { parseView, type View, writeView } from "../view/view";
import { Broken, Missing } from "./missing";
import { Root } from "./root";

const root = createRootRoute({
  component: Root,
  notFoundComponent: Missing,
  validateSearch: (search: Record<string, unknown>): View => search as View,
});

const entry = (name: "SignIn" | "SetUp" | "NewSite") => lazyRouteComponent(() => import("../entry/pages"), name);

const routes = [
  createRoute({ getParentRoute: () => root, path: "/", component: Home }),
  createRoute({ getParentRoute: () => root, path: "/sign-in", component: entry("SignIn") }),
  createRoute({ getParentRoute: () => root, path: "/setup", component: entry("SetUp") }),
  createRoute({ getParentRoute: () => root, path: "/new", component: entry("NewSite") }),
  createRoute({ getParentRoute: () => root, path: "/$site", component: OverviewPage }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/funnels",
    component: lazyRouteComponent(() => import("../funnels/page"), "FunnelsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/goals",
    component: lazyRouteComponent(() => import("../goals/page"), "GoalsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/explore",
    component: lazyRouteComponent(() => import("../explore/page"), "ExplorePage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/journeys",
    component: lazyRouteComponent(() => import("../journeys/page"), "JourneysPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/intents",
    component: lazyRouteComponent(() => import("../intents/page"), "IntentsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/retention",
    component: lazyRouteComponent(() => import("../retention/page"), "RetentionPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/lifecycle",
    component: lazyRouteComponent(() => import("../lifecycle/page"), "LifecyclePage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/features",
    component: lazyRouteComponent(() => import("../features/page"), "FeaturesPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/content",
    component: lazyRouteComponent(() => import("../content/page"), "ContentPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/recommendations",
    component: lazyRouteComponent(() => import("../recommendations/page"), "RecommendationsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/segments",
    component: lazyRouteComponent(() => import("../segments/page"), "SegmentsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/settings",
    component: lazyRouteComponent(() => import("../settings/page"), "SettingsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/privacy",
    component: lazyRouteComponent(() => import("../privacy/page"), "PrivacyPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/support",
    component: lazyRouteComponent(() => import("../support/page"), "SupportPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$site/collection",
    component: lazyRouteComponent(() => import("../collection/page"), "CollectionPage"),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  parseSearch: (query) => parseView(query) as Record<string, unknown>,
  stringifySearch: (view) => writeView(view as View),
  defaultPreload: false,
  defaultErrorComponent: Broken,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
