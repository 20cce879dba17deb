/** Where the dashboard begins. */

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";

import "./styles/mantine.css";
import "./styles/tokens.css";
import "./styles/page.css";
import { router } from "./app/router";
import { admitStyleText } from "./app/trusted";

admitStyleText();

const client = new QueryClient({ defaultOptions: { queries: { refetchOnWindowFocus: false } } });
const place = document.getElementById("root");
if (place) {
  createRoot(place).render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
}
