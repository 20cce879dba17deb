/** What is only for staff: asks who is there, and leads to the sign-in page if nobody is. */

import { Navigate, useLocation } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { Button } from "@mantine/core";
import { ApiError } from "../api/client";
import { useSession } from "../api/queries";
import type { Session } from "../api/types";
import { Bare } from "./bare";

export function SignedIn({ children }: { children: (session: Session) => ReactNode }) {
  const session = useSession();
  if (session.data) return children(session.data);
  if (session.error instanceof ApiError && session.error.status === 401) {
    return <ToTheDoor />;
  }
  if (session.error) {
    return (
      <Bare title="The server does not answer">
        <p>Events are still taken as long as the server runs. Only this page could not be loaded.</p>
        <Button onClick={() => void session.refetch()}>Try again</Button>
      </Bare>
    );
  }
  return <main id="main" aria-busy="true" aria-label="Loading" className="blank" />;
}

/** Leads to the sign-in page, and from there back to where somebody was when this was first shown. */
function ToTheDoor() {
  const now = useLocation({ select: (location) => location.href });
  const [here] = useState(now);
  return <Navigate to="/sign-in" search={here === "/" ? {} : { next: here }} replace />;
}
