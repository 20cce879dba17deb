/** An address that leads nowhere, and a page that broke. */

import { Link } from "@tanstack/react-router";

import { Button } from "@mantine/core";
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

export function Broken() {
  return (
    <Bare title="This page broke">
      <p>The mistake is in the dashboard, not in what you did. Events are still taken, and nothing is lost.</p>
      <Button onClick={() => window.location.reload()}>Load again</Button>
      <p>
        If it breaks again, <a href="/">go to your site</a> without the filters of this address.
      </p>
    </Bare>
  );
}
