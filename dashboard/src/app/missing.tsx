/** An address that leads nowhere. */

import { Link } from "@tanstack/react-router";

import { Bare } from "../entry/bare";

export function Missing() {
  return (
    <Bare title="There is no page here">
      <p>The address may have been cut off when it was copied.</p>
      <p>
        <Link to="/">Go to your site</Link>
      </p>
    </Bare>
  );
}
